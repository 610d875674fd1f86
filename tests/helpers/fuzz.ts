// Requests that no client of good will sends: documents over the whole schema with values of every wrong kind.
import fc from "fast-check";
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { everything, rootFields, schema } from "./documents.ts";

type Field = GraphQLField<unknown, unknown>;

export interface Request {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Texts that something between here and the table has trouble with. */
const TEXTS = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "a\udfff",
  "\u202e",
  "infinity",
  "-infinity",
  "NaN",
  "now",
  "epoch",
  "294277-01-01",
  "294276-12-31T23:59:59Z",
  "-4714-01-01",
  "4714-11-24 BC",
  "2020-13-45",
  "10000-01-01T00:00:00Z",
  "2020-01-01T00:00:00+99:99",
  "1e400",
  "9223372036854775808",
  "-9223372036854775809",
  "00000000-0000-0000-0000-000000000000",
  "{00000000-0000-0000-0000-000000000000}",
  "x".repeat(10_000),
  "é".repeat(5_000),
  "\\x",
  "$1",
  "'; drop table users; --",
  "[object Object]",
  "null",
];
const NUMBERS = [0, -1, 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, 1.5, -0];

const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: "binary", maxLength: 30 }));
/** Objects that JavaScript cannot make a text or a number of, and some that would pass for what they are not. */
const OBJECTS: readonly unknown[] = [
  { toString: 0 },
  { toString: null, valueOf: 1 },
  { toJSON: 0 },
  { constructor: { prototype: 1 } },
];
const scalar = fc.oneof(text, fc.constantFrom<unknown>(...NUMBERS, ...OBJECTS, true, false, null), fc.jsonValue());

/** Written as text where it is sent: fast-check itself would overflow over the value. */
export class Deep {
  readonly depth: number;
  constructor(depth: number) {
    this.depth = depth;
  }
  toJSON(): unknown {
    return `deep:${this.depth}`;
  }
}
const nested = fc.constantFrom(10, 1_000, 20_000).map((depth) => new Deep(depth));

/** What is sent for a request or body. */
export function written(body: unknown): string {
  const nest = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${"}]".repeat(depth / 2)}`;
  return JSON.stringify(body).replaceAll(/"deep:(\d+)"/g, (_all, depth) => nest(Number(depth)));
}

/** As a cursor is made, of what a client may put into one. */
export const cursor = fc.oneof(
  text,
  fc
    .oneof(fc.array(scalar, { maxLength: 4 }), scalar)
    .map((value) => Buffer.from(JSON.stringify(value)).toString("base64")),
);

/** The cursor that these parts make, with each of them replaced in turn. */
export function wrongCursors(parts: readonly unknown[]): string[] {
  const wrong = ["", "a\u0000", "\ud800", "infinity", "294277-01-01", "9223372036854775808", 1e308, true, {}, [1]];
  return parts.flatMap((_part, at) =>
    wrong.map((value) => Buffer.from(JSON.stringify(parts.with(at, value))).toString("base64")),
  );
}

/** What the type admits, as far as GraphQL itself looks. */
const ADMITTED: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  UUID: fc.uuid(),
  Int: fc.oneof(fc.integer(), fc.constantFrom(0, 1, 100)),
  BigInt: fc.oneof(fc.bigInt().map(String), fc.constantFrom("9223372036854775808", "1e3", "0x1", " 1", "-0", "1_000")),
  Boolean: fc.boolean(),
  Cursor: cursor,
};

/** Mostly of the right shape, with values that Postgres will not have. */
export function wrongValue(type: GraphQLInputType, depth = 3): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return wrongValue(type.ofType, depth);
  const any = { weight: 1, arbitrary: fc.oneof(scalar, nested) };
  if (isListType(type)) {
    return fc.oneof(any, { weight: 25, arbitrary: fc.array(wrongValue(type.ofType, depth), { maxLength: 4 }) });
  }
  if (isEnumType(type)) {
    return fc.oneof(any, { weight: 25, arbitrary: fc.constantFrom(...type.getValues().map(({ name }) => name)) });
  }
  if (!isInputObjectType(type)) return fc.oneof(any, { weight: 25, arbitrary: ADMITTED[type.name] ?? text });
  if (depth === 0) return fc.constant({});
  return fc.oneof(any, { weight: 25, arbitrary: wrongObject(Object.values(type.getFields()), depth) });
}

function wrongObject(
  fields: readonly (GraphQLInputField | GraphQLArgument)[],
  depth: number,
): fc.Arbitrary<Record<string, unknown>> {
  const entries = fields.map(({ name, type }) =>
    fc.option(
      wrongValue(type, depth - 1).map((value) => [name, value] as const),
      { nil: undefined, freq: isNonNullType(type) ? 50 : 1 },
    ),
  );
  return fc.tuple(...entries).map((some) => Object.fromEntries(some.filter((entry) => entry !== undefined)));
}

/** One field of the root, or one list within, with arguments from variables. */
export function wrongRequest(): fc.Arbitrary<Request> {
  const calls = (["query", "mutation", "subscription"] as const).flatMap((operation) =>
    rootFields(operation).map((field) => call(operation, field, everything(field.type, 1))),
  );
  const lists = rootFields("query").flatMap((root) => listsBelow(root));
  return fc.oneof(...calls, ...lists);
}

/** Lists of the rows that a root field gives. */
function listsBelow(root: Field): fc.Arbitrary<Request>[] {
  const connection = getNamedType(root.type);
  if (!isObjectType(connection) || !connection.name.endsWith("Connection")) return [];
  const node = getNamedType(connection.getFields()["nodes"]?.type);
  if (!isObjectType(node)) return [];
  return Object.values(node.getFields())
    .filter(({ args }) => args.length > 0)
    .map((field) =>
      call("query", field, everything(field.type, 0), (inner) => `${root.name}(first: 2) { nodes { ${inner} } }`),
    );
}

function call(
  operation: string,
  field: Field,
  selection: string,
  within: (inner: string) => string = (inner) => inner,
): fc.Arbitrary<Request> {
  return wrongObject(field.args, 4).map((variables) => {
    const given = field.args.filter(({ name }) => name in variables);
    const list = (parts: string[]) => (parts.length === 0 ? "" : `(${parts.join(", ")})`);
    const declared = list(given.map(({ name, type }) => `$${name}: ${type}`));
    const passed = list(given.map(({ name }) => `${name}: $${name}`));
    return { query: `${operation} ${declared} { ${within(`${field.name}${passed} ${selection}`)} }`, variables };
  });
}

/** Texts of the language's own pieces, and pieces of proper documents. */
export const wrongText = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "...",
        "on",
        "query",
        "fragment",
        "$a",
        ":",
        "!",
        "@skip",
        "@include(if: $a)",
        '"""',
        '"',
        "#",
        "currentUser",
        "id",
        "__typename",
        "F",
        "=",
        "|",
        "1e9",
        "-",
        "\u0000",
        "\ufeff",
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join(" ")),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc
    .tuple(fc.constantFrom(...Object.keys(schema.getTypeMap())), fc.nat(40))
    .map(
      ([type, size]) =>
        `{ currentUser { ...F0 } } ${Array.from({ length: size }, (_, n) => `fragment F${n} on ${type} { ...F${(n + 1) % (size + 1)} ...F${(n * 7) % (size + 1)} }`).join(" ")}`,
    ),
);

/** Bodies that are JSON, and hardly ever a request. */
export const wrongBody = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      query: fc.oneof(fc.jsonValue(), fc.constant("{ __typename }")),
      variables: fc.oneof(fc.jsonValue(), nested),
      operationName: fc.jsonValue(),
      extensions: fc.jsonValue(),
      onError: fc.jsonValue(),
      id: fc.jsonValue(),
      documentId: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
);
