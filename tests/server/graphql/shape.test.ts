// How much a document is, counted without expanding anything; and a server that is asked for much new forgets what is old.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { type DocumentNode, type GraphQLSchema, Kind, parse, type SelectionSetNode, specifiedRules } from "graphql";
import { createDocuments } from "steward/graphql/documents";
import { LIMITS, parseWithin } from "steward/graphql/shape";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startApi, token } from "../../helpers/api.ts";
import { schema } from "../../helpers/documents.ts";

const test = suite("shape of documents");

/** One field more than is allowed of each kind. */
const BEYOND: readonly [string, string][] = [
  ["tokens", `{ run(id: [${"1 ".repeat(LIMITS.tokens)}]) { id } }`],
  ["operations and fragments", Array.from({ length: LIMITS.definitions + 1 }, (_, n) => `query Q${n} { a }`).join(" ")],
  ["levels", `${"{ a ".repeat(LIMITS.levels + 1)}${"}".repeat(LIMITS.levels + 1)}`],
  [
    "levels",
    `{ __type(name: "Run") ${"{ a ".repeat(LIMITS.introspectionLevels)}${"}".repeat(LIMITS.introspectionLevels)} }`,
  ],
  ["introspections", "{ a: __schema { b } c: __schema { d } e: __type { f } }"],
  ["fields at its root", `{ ${"a ".repeat(LIMITS.rootFields + 1)} }`],
  ["aliases", `{ a { ${"b: c ".repeat(LIMITS.aliases + 1)} } }`],
  ["fields", `{ a { ${"b ".repeat(LIMITS.fields)} } }`],
];
for (const [what, document] of BEYOND) {
  test(`too many ${what}: refused after parsing`, () => {
    assert.throws(
      () => parseWithin(document),
      (error: Error) => error.message.includes(`too many ${what};`),
    );
  });
}

test("what GraphiQL asks for at first is within the limits, twice", () => {
  const types = `fragment T on __Type { kind name ${"ofType { kind name ".repeat(9)}${"}".repeat(9)} }`;
  const document = `{ __schema { types { fields { args { type { ...T } } } } } other: __schema { types { ...T } } } ${types}`;
  assert.ok(parseWithin(document).document);
});

test("fragments of fragments of fragments: refused at once, however many fields they would be", () => {
  const doubling = Array.from({ length: 40 }, (_, n) => `fragment F${n} on User { ...F${n + 1} ...F${n + 1} }`);
  const document = `{ currentUser { ...F0 } } ${doubling.join(" ")} fragment F40 on User { id }`;
  assert.throws(() => parseWithin(document), /too many fields;/);
});

test("fragments that contain themselves are left to validation", () => {
  assert.ok(
    parseWithin("{ a { ...A } } fragment A on User { b { ...B } } fragment B on User { ...A ...Missing }").document,
  );
});

test("any document is refused exactly when it would be too much with its fragments written out", () => {
  fc.assert(
    fc.property(anyDocument(), (text) => {
      const written = writtenOut(parse(text));
      const isTooMuch =
        written.fields > LIMITS.fields ||
        written.aliases > LIMITS.aliases ||
        written.levels > LIMITS.levels ||
        written.width > LIMITS.rootFields;
      let isRefused = false;
      try {
        parseWithin(text);
      } catch {
        isRefused = true;
      }
      assert.is(isRefused, isTooMuch, text);
    }),
    { numRuns: 300 },
  );
});

/** Fragments that only refer to later ones. */
function anyDocument(): fc.Arbitrary<string> {
  const { set } = fc.letrec<{ set: string; selection: string }>((tie) => ({
    selection: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom("id", "a: id", "...F0", "...F1", "...F2"),
      tie("set").map((set) => `b ${set}`),
      tie("set").map((set) => `c: b ${set}`),
      tie("set").map((set) => `... on User ${set}`),
    ),
    set: fc.array(tie("selection"), { minLength: 1, maxLength: 4 }).map((parts) => `{ ${parts.join(" ")} }`),
  }));
  const later = (text: string, from: number) =>
    text.replaceAll(/\.\.\.F(\d)/g, (all, n) => (Number(n) > from ? all : "id"));
  return fc
    .tuple(set, set, set, set)
    .map(
      ([query, ...fragments]) =>
        `query ${query} ${fragments.map((body, n) => `fragment F${n} on User ${later(body, n)}`).join(" ")}`,
    );
}

interface Written {
  width: number;
  fields: number;
  aliases: number;
  levels: number;
}

function writtenOut({ definitions }: DocumentNode): Written {
  const fragment = (name: string): SelectionSetNode | undefined =>
    definitions.find((node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === name)?.[
      "selectionSet" as never
    ];
  const total: Written = { width: 0, fields: 0, aliases: 0, levels: 0 };
  const walk = (set: SelectionSetNode | undefined, level: number): void => {
    for (const node of set?.selections ?? []) {
      if (node.kind === Kind.FRAGMENT_SPREAD) walk(fragment(node.name.value), level);
      else if (node.kind === Kind.INLINE_FRAGMENT) walk(node.selectionSet, level);
      else {
        total.fields += 1;
        if (level === 1) total.width += 1;
        if (node.alias) total.aliases += 1;
        total.levels = Math.max(total.levels, level);
        walk(node.selectionSet, level + 1);
      }
    }
  };
  walk(definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)?.selectionSet, 1);
  return total;
}

const documentsOf = (given: GraphQLSchema) =>
  createDocuments({ schema: given, rules: specifiedRules, suggestions: false });
const wide = (n: number) =>
  `{ ${Array.from({ length: 10 }, (_, i) => `a${n}_${i}: users { nodes { runs { nodes { id } } } }`).join(" ")} }`;

test("documents that are asked for again are kept, others make room", () => {
  const documents = documentsOf(schema);
  documents.judge("{ currentUser { id } }");
  for (let n = 0; n < 200; n++) {
    documents.judge(wide(n));
    documents.judge("{ currentUser { id } }");
  }
  assert.ok(documents.knows("{ currentUser { id } }"));
  assert.ok(documents.knows(wide(199)));
  assert.not.ok(documents.knows(wide(0)));
});

test("a server forgets the plans of documents that it has forgotten", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const api = await startApi();
  try {
    const admin = await token("admin");
    const ask = (n: number) =>
      api.send(
        admin,
        `{ users(first: 1) { nodes { ${Array.from({ length: 30 }, (_, i) => `a${i}: runs(first: 1, offset: ${n + i}) { nodes { id progress { done } } }`).join(" ")} } } }`,
      );
    assert.equal((await ask(0)).errors, []);
    const before = used();
    // Each plan takes 3 MB.
    for (let n = 1; n <= 45; n++) await ask(n);
    assert.ok(used() - before < 100_000_000, `${used() - before} bytes more`);
  } finally {
    await api.close();
  }
});

test.run();
