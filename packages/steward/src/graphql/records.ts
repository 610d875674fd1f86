// What was steered and what was amiss, for administrators: steward.audit and steward.alerts, read as their tables are granted.
import { TYPES } from "postgraphile/@dataplan/pg";
import { jsonPgSmartTags } from "postgraphile/utils";
import { filter } from "./filters.ts";
import { isOurs } from "./ours.ts";

const LISTS_ALONE = ["-query:resource:single"];

const tags = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      "steward.audit": {
        tags: { behavior: LISTS_ALONE },
        // An act on many runs has thousands of them: they are asked for by one, and told by their number.
        attribute: { run_ids: { tags: { behavior: ["-*"] } } },
      },
      "steward.alerts": { tags: { behavior: LISTS_ALONE } },
    },
  },
});

/** The table is called by what it is, not by what a row of it is. */
const names: GraphileConfig.Plugin = {
  name: "StewardRecordNamesPlugin",
  inflection: {
    replace: {
      allRowsConnection(previous, _options, resource) {
        const before = previous?.(resource) ?? resource.name;
        return isOurs(resource) && before === "audits" ? "audit" : before;
      },
    },
  },
};

export const records: readonly GraphileConfig.Plugin[] = [
  tags,
  names,
  filter(
    "audit",
    "actor",
    "Whose actor has this text in it.",
    "String",
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
      sql`position(lower(${sqlValueWithCodec(value, TYPES.text)}) in lower(${sqlTableAlias}.actor)) > 0`,
  ),
  filter(
    "audit",
    "action",
    "Is this act.",
    "String",
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
      sql`${sqlTableAlias}.action = ${sqlValueWithCodec(value, TYPES.text)}`,
  ),
  filter(
    "audit",
    "run",
    "Changed this run.",
    "UUID",
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
      sql`${sqlTableAlias}.run_ids @> array[${sqlValueWithCodec(value, TYPES.uuid)}]`,
  ),
  filter(
    "alerts",
    "isRaised",
    "Is so now (true), or has ended (false).",
    "Boolean",
    (value, { sql, sqlTableAlias, sqlValueWithCodec }) =>
      sql`(${sqlTableAlias}.ended_at is null) = ${sqlValueWithCodec(value, TYPES.boolean)}`,
  ),
];
