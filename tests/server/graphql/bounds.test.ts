// No document can make the server read without limit.
import pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Answer, startApi, type TestApi, token } from "../../helpers/api.ts";

const test = suite("bounds");
let api: TestApi;
let admin: string;
let superuser: pg.Client;

test.before(async () => {
  api = await startApi();
  superuser = new pg.Client(api.database.superuserUrl);
  await superuser.connect();
  admin = await token("admin");
  await api.database.pool.query(
    "insert into app_public.users (username) select 'user' || n from generate_series(1, 150) n",
  );
});
test.after(async () => {
  await superuser.end();
  await api.close();
});

function assertRefused({ status, errors, data }: Answer, code: string): void {
  assert.is(errors[0]?.extensions["code"], code, JSON.stringify(errors));
  assert.is(status, 400);
  assert.is(data, undefined);
}

test("a page has 50 rows unless asked otherwise, 100 at most, nested ones too", async () => {
  const lengths = async (document: string) => (await api.send(admin, document)).data.users.nodes.length;
  assert.is(await lengths("{ users { nodes { id } } }"), 50);
  assert.is(await lengths("{ users(first: null) { nodes { id } } }"), 50);
  assert.is(await lengths("{ users(first: 100) { nodes { id } } }"), 100);
  for (const document of [
    "{ users(first: 101) { nodes { id } } }",
    "{ users(first: -1) { nodes { id } } }",
    "{ users(first: 1) { nodes { runs(first: 101) { nodes { id } } } } }",
    "{ users(offset: 10001) { nodes { id } } }",
    "{ users(offset: -1) { nodes { id } } }",
  ]) {
    assert.is((await api.send(admin, document)).errors[0]?.extensions["code"], "ST107", document);
  }
  const byVariable = await api.send(admin, "query ($first: Int) { users(first: $first) { nodes { id } } }", {
    first: 5_000,
  });
  assert.is(byVariable.errors[0]?.extensions["code"], "ST107");
});

test("pages follow each other by their cursors", async () => {
  const seen = new Set<string>();
  let after: string | null = null;
  do {
    const document =
      "query ($after: Cursor) { users(first: 60, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }";
    const { users }: { users: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } = (
      await api.send(admin, document, { after })
    ).data;
    for (const { id } of users.nodes) seen.add(id);
    after = users.pageInfo.hasNextPage ? users.pageInfo.endCursor : null;
  } while (after !== null);
  assert.is(seen.size, 150);
});

const TOO_MUCH: readonly [string, string, Readonly<Record<string, unknown>>?][] = [
  [
    "too many rows",
    "{ users(first: 100) { nodes { runs(first: 100) { nodes { steps(first: 100) { nodes { id } } } } } } }",
  ],
  ["too many rows by default", "{ users { nodes { runs { nodes { steps { nodes { run { owner { id } } } } } } } } }"],
  [
    "too many rows by a variable",
    "query ($n: Int) { users(first: $n) { nodes { runs(first: $n) { nodes { steps(first: $n) { nodes { id } } } } } } }",
    { n: 100 },
  ],
  ["too many root fields", `{ ${Array.from({ length: 11 }, (_, n) => `f${n}: currentUser { id }`).join(" ")} }`],
  [
    "too many root fields in fragments",
    `{ ...A ...B } fragment A on Query { ${fields(6, "a")} } fragment B on Query { ${fields(6, "b")} }`,
  ],
  ["too many aliases", `{ currentUser { ${Array.from({ length: 31 }, (_, n) => `a${n}: id`).join(" ")} } }`],
  [
    "too deep",
    `{ run(id: "${crypto.randomUUID()}") ${"{ project { runs(first: 1) { nodes ".repeat(5)} { id } ${"} } }".repeat(5)} }`,
  ],
  [
    "counts of too many lists",
    "{ projects(first: 100) { nodes { runs(first: 100) { nodes { steps(first: 1) { totalCount } } } } } }",
  ],
  [
    "explanations of too many runs",
    "{ users(first: 20) { nodes { runs(first: 20) { nodes { explanation { code } } } } } }",
  ],
  ["too many values", `{ users(first: 100) { nodes { runs(first: 100) { nodes { ${"id ".repeat(8)} } } } } }`],
  [
    "fragments of fragments",
    `{ currentUser { ...F0 } } ${Array.from({ length: 30 }, (_, n) => `fragment F${n} on User { ...F${n + 1} ...F${n + 1} }`).join(" ")} fragment F30 on User { id }`,
  ],
  ["a document that is too long", `{ currentUser { id } } # ${"x".repeat(20_000)}`],
  ["a document nested without end", "{a".repeat(5_000)],
];
function fields(number: number, prefix: string): string {
  return Array.from({ length: number }, (_, n) => `${prefix}${n}: currentUser { id }`).join(" ");
}
for (const [what, document, variables] of TOO_MUCH) {
  test(`${what}: refused before any SQL`, async () => {
    const before = await lastQuery();
    assertRefused(await api.send(admin, document, variables), "ST106");
    assert.is(await lastQuery(), before);
    assert.not.equal(before, "never");
  });
}

/** When the server last asked the database anything. */
async function lastQuery(): Promise<string> {
  const { rows } = await superuser.query<{ last: string }>(
    "select max(query_start)::text as last from pg_stat_activity where application_name = 'steward api' and datname = current_database()",
  );
  return rows[0]?.last ?? "never";
}

test("a subscription over HTTP is refused", async () => {
  assertRefused(
    await api.send(admin, `subscription { runChanged(id: "${crypto.randomUUID()}") { run { id } } }`),
    "ST108",
  );
});

test("a body that is too large: 413; one of another type: 415; a page that is not there: 404", async () => {
  const headers = { authorization: `Bearer ${admin}` };
  const post = (body: string, type: string) =>
    fetch(`${api.url}/graphql`, { method: "POST", body, headers: { ...headers, "content-type": type } });
  const codeOf = async (response: Response) => ((await response.json()) as Answer).errors[0]?.extensions["code"];
  const tooLarge = await post("x".repeat(2_000_000), "application/json");
  assert.equal([tooLarge.status, await codeOf(tooLarge)], [413, "ST105"]);
  const asForm = await post("query={__typename}", "application/x-www-form-urlencoded");
  assert.equal([asForm.status, await codeOf(asForm)], [415, "ST113"]);
  const elsewhere = await fetch(`${api.url}/nowhere`);
  assert.equal([elsewhere.status, await codeOf(elsewhere)], [404, "ST110"]);
});

test("who asks too often is told when to come back", async () => {
  const slow = await startApi({ RATE_LIMIT: "2" });
  try {
    const mine = await token("admin");
    const answers = await Promise.all(Array.from({ length: 12 }, () => slow.send(mine, "{ __typename }")));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 1);
    assert.is(refused[0]?.errors[0]?.extensions["code"], "ST104");
    assert.ok(Number(refused[0]?.headers.get("retry-after")) >= 1);
    assert.is((await slow.send(await token("admin"), "{ __typename }")).status, 200, "another subject is not held up");
  } finally {
    await slow.close();
  }
});

test("who asks for what takes long is held back, and nobody else is", async () => {
  const slow = await startApi({ RATE_LIMIT: "100" });
  try {
    const [mine, other] = [await token("admin"), await token("admin")];
    // New each time, and large.
    const heavy = (n: number) =>
      `{ users(first: 1) { nodes { ${Array.from({ length: 30 }, (_, i) => `a${i}: runs(first: 1, offset: ${n + i}) { nodes { id kind } }`).join(" ")} } } }`;
    const flood = Array.from({ length: 200 }, (_, n) => slow.send(mine, heavy(n)));
    const answer = await slow.send(other, "{ __typename }");
    assert.equal([answer.status, answer.errors], [200, []]);
    const refused = (await Promise.all(flood)).filter(({ errors }) => errors[0]?.extensions["code"] === "ST104");
    assert.ok(refused.length > 100, `${refused.length} refused`);
    assert.ok(refused.every(({ errors }) => Number(errors[0]?.extensions["retryAfterMs"]) > 0));
    const again = await Promise.all(Array.from({ length: 200 }, (_, n) => slow.send(mine, heavy(1_000 + n))));
    assert.ok(again.some(({ status }) => status === 429));
    assert.is((await slow.send(other, "{ __typename }")).status, 200);
  } finally {
    await slow.close();
  }
});

const NEARLY_RIGHT: readonly [string, Record<string, unknown>?][] = [
  ["{ usr }"],
  ["{ user(ix: 2) { id } }"],
  ["mutation ($input: CreateUserInpt) { createUser(input: $input) { user { id } } }"],
  ["{ runs(orderBy: CREATD_AT_ASC) { nodes { id } } }"],
  [
    "mutation ($input: AddProjectMembersInput!) { addProjectMembers(input: $input) { project { id } } }",
    { input: { projectId: crypto.randomUUID(), userIds: [], role: "ownr" } },
  ],
];

test("in production there is neither introspection nor GraphiQL, unless asked for", async () => {
  const secrets = { JWT_SECRET: "x".repeat(40), ENCRYPTION_KEY: Buffer.alloc(32, 1).toString("base64") };
  for (const [introspection, status] of [
    ["false", 404],
    ["true", 200],
  ] as const) {
    const production = await startApi({ NODE_ENV: "production", INTROSPECTION: introspection, ...secrets });
    try {
      assert.is((await fetch(`${production.url}/graphiql`)).status, status);
      const { errors } = await production.send(admin, "{ __schema { queryType { name } } }");
      assert.is(errors.length > 0, introspection === "false");
      for (const [document, variables] of NEARLY_RIGHT) {
        const told = JSON.stringify((await production.send(admin, document, variables)).errors);
        assert.is(told.includes("Did you mean"), introspection === "true", told);
      }
    } finally {
      await production.close();
    }
  }
});

test.run();
