// What lists of runs and steps can be narrowed to, beside the equality of their columns.
import { listOfCodec, TYPES } from "postgraphile/@dataplan/pg";
import { addPgTableCondition } from "postgraphile/utils";
import { EngineError } from "../errors/index.ts";
import { LARGEST_PAGE } from "./pages.ts";
import { isUuid } from "./uuid.ts";

type Generate = NonNullable<Parameters<typeof addPgTableCondition>[3]>;

export function filter(
  tableName: "runs" | "steps" | "audit" | "alerts",
  name: string,
  description: string,
  type: string,
  generate: Generate,
  isList = false,
): GraphileConfig.Plugin {
  return addPgTableCondition(
    { schemaName: "steward", tableName },
    name,
    ({ getInputTypeByName, graphql: { GraphQLList, GraphQLNonNull } }) => {
      const single = getInputTypeByName(type);
      return { description, type: isList ? new GraphQLList(new GraphQLNonNull(single)) : single };
    },
    (value, helpers) => (value === null || value === undefined ? null : generate(value, helpers)),
  );
}

const TEXTS = listOfCodec(TYPES.text);

function atMost(field: string, values: unknown): unknown {
  if ((values as readonly unknown[]).length <= LARGEST_PAGE) return values;
  throw new EngineError("ST107", { sentence: `${field} must be at most ${LARGEST_PAGE}.`, field });
}

/** Needed by the console's list, and by anybody's. */
export const filters: readonly GraphileConfig.Plugin[] = [
  filter(
    "runs",
    "subjectId",
    "Is about the row with this key, as text.",
    "String",
    // Finished or open, as every run is: so that the indexes of the ones and of the others are found.
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
      sql`${sqlTableAlias}.subject_id = ${sqlValueWithCodec(value, TYPES.text)} and (
        ${sqlTableAlias}.finished_at is not null or ${sqlTableAlias}.status in ('pending', 'running', 'suspended')
      )`,
  ),
  filter(
    "runs",
    "statuses",
    "Has one of these statuses.",
    "RunStatus",
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
      sql`${sqlTableAlias}.status::text = any (${sqlValueWithCodec(atMost("statuses", value), TEXTS)})`,
    true,
  ),
  filter(
    "runs",
    "ids",
    "Is one of these, at most 100.",
    "UUID",
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
      sql`${sqlTableAlias}.id = any (${sqlValueWithCodec(atMost("ids", value), listOfCodec(TYPES.uuid))})`,
    true,
  ),
  filter(
    "runs",
    "errorCode",
    "Failed with this code.",
    "String",
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
      sql`${sqlTableAlias}.error_code = ${sqlValueWithCodec(value, TYPES.text)}`,
  ),
  filter(
    "runs",
    "createdAfter",
    "Was started at this time or later.",
    "Datetime",
    // Ids rise with time, so the key's index finds where to begin. No id is from before 1970, and infinity is no number.
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) => {
      const at = sqlValueWithCodec(value, TYPES.timestamptz);
      return sql`${sqlTableAlias}.created_at >= ${at} and ${sqlTableAlias}.id >= (
        lpad(to_hex((extract(epoch from least(greatest(${at}, timestamptz 'epoch'), timestamptz '9999-01-01')) * 1000)::bigint), 12, '0') || '00000000000000000000'
      )::uuid`;
    },
  ),
  filter(
    "runs",
    "createdBefore",
    "Was started before this time.",
    "Datetime",
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
      sql`${sqlTableAlias}.created_at < ${sqlValueWithCodec(value, TYPES.timestamptz)}`,
  ),
  filter(
    "runs",
    "search",
    "Has this id, or is about a row or belongs to a reader whose id begins with this.",
    "String",
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) => {
      const text = sqlValueWithCodec(value, TYPES.text);
      const isLike = sql`(starts_with(${sqlTableAlias}.subject_id, ${text}) or starts_with(${sqlTableAlias}.owner_id, ${text}))`;
      return isUuid(value) ? sql`(${isLike} or ${sqlTableAlias}.id = ${text}::uuid)` : isLike;
    },
  ),
  filter(
    "steps",
    "statuses",
    "Has one of these statuses. Say the run as well: of all steps of everybody it would take too long.",
    "StepStatus",
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
      sql`${sqlTableAlias}.status::text = any (${sqlValueWithCodec(atMost("statuses", value), TEXTS)})`,
    true,
  ),
];
