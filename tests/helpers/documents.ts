// Documents over the committed schema: one that asks for all of a field, and random ones.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from "graphql";

export const schema = buildSchema(readFileSync(new URL("../../server/schema.graphql", import.meta.url), "utf8"));

type Field = GraphQLField<unknown, unknown>;

export function rootFields(operation: "query" | "mutation" | "subscription"): Field[] {
  const type = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  }[operation];
  return Object.values(type?.getFields() ?? {}).filter(({ name }) => name !== "query");
}

/** Everything that needs no argument, down to `depth`; lists of lists ask for few, so as to stay within the limits. */
export function everything(type: unknown, depth: number): string {
  const named = getNamedType(type as never);
  if (!isObjectType(named)) return "";
  const parts = fieldsOf(named).flatMap((field) => {
    const inner = getNamedType(field.type);
    if (!isObjectType(inner)) return [field.name];
    if (depth <= 0) return [];
    const page = field.args.some(({ name }) => name === "first") ? "(first: 5)" : "";
    const isWrapper = inner.name.endsWith("Connection");
    const selection = isWrapper ? `{ nodes ${everything(nodeType(inner), depth - 1)} }` : everything(inner, depth - 1);
    return [`${field.name}${page} ${selection}`];
  });
  return `{ __typename ${parts.join(" ")} }`;
}

function nodeType(connection: GraphQLObjectType): unknown {
  return connection.getFields()["nodes"]?.type;
}

/** Those without arguments that must be given. */
function fieldsOf(type: GraphQLObjectType): Field[] {
  return Object.values(type.getFields()).filter(
    ({ args, name }) => name !== "query" && args.every((argument) => !isNonNullType(argument.type)),
  );
}

/** Arguments for a field, all of them required ones; ids out of `ids`. */
export function requiredArguments(
  field: Field,
  valueOf: (type: GraphQLInputType, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    field.args
      .filter(({ type }) => isNonNullType(type))
      .map(({ name, type }) => [name, inputValue(type, name, valueOf)]),
  );
}

/** A value for an input type; those of scalars come from `valueOf`. */
export function inputValue(
  type: GraphQLInputType,
  name: string,
  valueOf: (type: GraphQLInputType, name: string) => unknown,
): unknown {
  if (isNonNullType(type)) return inputValue(type.ofType, name, valueOf);
  if (isListType(type)) return [inputValue(type.ofType, name, valueOf)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (!isInputObjectType(type)) return valueOf(type, name);
  return Object.fromEntries(
    Object.values(type.getFields())
      .filter((field) => isNonNullType(field.type))
      .map((field) => [field.name, inputValue(field.type, field.name, valueOf)]),
  );
}

/** Random queries: valid more often than not, too deep, too wide or too large now and then. */
export function randomQuery(ids: readonly string[]): fc.Arbitrary<string> {
  const query = schema.getQueryType();
  if (!query) throw new Error("the schema has no queries");
  return selection(query, 5, ids).map((text) => `query ${text}`);
}

function selection(type: GraphQLObjectType, depth: number, ids: readonly string[]): fc.Arbitrary<string> {
  const fields = Object.values(type.getFields()).filter(
    (field) => depth > 0 || !isObjectType(getNamedType(field.type)),
  );
  if (fields.length === 0) return fc.constant("{ __typename }");
  const chosen = fc.array(fc.constantFrom(...fields), { minLength: 1, maxLength: 4 });
  return chosen
    .chain((some) => fc.tuple(...some.map((field, index) => oneField(field, index, depth, ids))))
    .map((parts) => `{ ${parts.join(" ")} }`);
}

function oneField(field: Field, index: number, depth: number, ids: readonly string[]): fc.Arbitrary<string> {
  const inner = getNamedType(field.type);
  const below = isObjectType(inner) ? selection(inner, depth - 1, ids) : fc.constant("");
  return fc.tuple(argumentsOf(field, ids), below).map(([args, rest]) => `f${index}: ${field.name}${args} ${rest}`);
}

const PAGES = [0, 1, 3, 50, 100, 101, -1, 2_000_000_000];

function argumentsOf(field: Field, ids: readonly string[]): fc.Arbitrary<string> {
  const given = field.args.flatMap(({ name, type }) => {
    if (isNonNullType(type)) return [scalar(type, ids).map((value) => `${name}: ${value}`)];
    if (name !== "first" && name !== "offset" && name !== "after") return [];
    const value =
      name === "after"
        ? fc.constantFrom('"x"', "null", '"WyJwcmltYXJ5X2tleV9hc2MiLFtdXQ=="')
        : fc.constantFrom(...PAGES.map(String));
    return [
      fc.option(
        value.map((text) => `${name}: ${text}`),
        { nil: "" },
      ),
    ];
  });
  return fc.tuple(...given).map((parts) => {
    const text = parts.filter(Boolean).join(", ");
    return text === "" ? "" : `(${text})`;
  });
}

function scalar(type: GraphQLInputType, ids: readonly string[]): fc.Arbitrary<string> {
  const named = getNamedType(type);
  if (!isScalarType(named)) return fc.constant("null");
  if (named.name === "UUID") return fc.constantFrom(...ids.map((id) => `"${id}"`), '"x"');
  if (named.name === "Int") return fc.integer().map(String);
  if (named.name === "BigInt") return fc.constantFrom('"1"', '"9223372036854775808"', '"x"');
  return fc.string({ maxLength: 20 }).map((text) => JSON.stringify(text));
}
