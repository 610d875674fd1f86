// The status API: who may see what, entity tags, answers that wait for a change, and nonsense.
import { once } from "node:events";
import { request as send } from "node:http";
import pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startApi, type TestApi, token } from "../../helpers/api.ts";
import { type Cast, castOf, STRANGER } from "../../helpers/cast.ts";
import { waitFor } from "../../helpers/database.ts";

const test = suite("status without GraphQL");
let api: TestApi;
let cast: Cast;
let superuser: pg.Client;
let [ada, bob, admin] = ["", "", ""];

test.before(async () => {
  api = await startApi();
  cast = await castOf(api.database.pool);
  superuser = new pg.Client(api.database.superuserUrl);
  await superuser.connect();
  ada = await token("user", cast.ada.id);
  bob = await token("user", cast.bob.id);
  admin = await token("admin");
});
test.after(async () => {
  await superuser.end();
  await api.close();
});

type Headers = Readonly<Record<string, string>>;
interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly headers: globalThis.Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- JSON of the route
  readonly body: any;
}

async function get(who: string | null, path: string, headers: Headers = {}, url = api.url): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    headers: { ...headers, ...(who !== null && { authorization: `Bearer ${who}` }) },
  });
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get("etag") ?? "",
    headers: response.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}

const codeOf = ({ status, body }: Answer) => [status, body?.errors?.[0]?.extensions.code];
const subject = () => `/runs?subject=${encodeURIComponent(`app_public.users/${cast.ada.id}`)}`;

/** What a worker would do: changes the run and tells of it. */
async function change(runId: string, attempts: number, tell = true): Promise<void> {
  await superuser.query("update steward.steps set attempts = $2 where run_id = $1 and name = 'onboard'", [
    runId,
    attempts,
  ]);
  if (tell) await superuser.query("select pg_notify('run_changed', $1)", [runId]);
}

/** Of the step that `change` changes. */
const attemptsOf = ({ steps }: { steps: readonly { name: string; attempts: number }[] }) =>
  steps.find(({ name }) => name === "onboard")?.attempts;

const MINE = "{ users { nodes { runs { nodes { id } } } } }";

const isWatched = async () => /^steward_subscribed ([1-9])/m.test(await (await fetch(`${api.url}/metrics`)).text());

test("its owner and administrators see a run, as GraphQL shows it; nobody else does", async () => {
  const seen = await get(ada, `/runs/${cast.ada.runId}`);
  assert.is(seen.status, 200);
  const { data } = await api.send(
    ada,
    `query ($id: UUID!) { run(id: $id) { id kind subjectTable subjectId ownerId scopeId status errorCode errorMessage createdAt startedAt finishedAt
       progress { done total failed percent } steps { nodes { id name item lane status attempts readyAt done total errorCode errorMessage startedAt finishedAt } } } }`,
    { id: cast.ada.runId },
  );
  const { steps, hasMoreSteps, estimatedCompletion, ...run } = seen.body;
  const byName = (all: readonly { name: string }[]) => all.toSorted((one, other) => one.name.localeCompare(other.name));
  assert.equal(byName(steps.map(asGraphql)), byName(data.run.steps.nodes));
  assert.equal({ ...asGraphql(run), steps: null }, { ...data.run, steps: null });
  assert.is(hasMoreSteps, false);
  assert.ok(Date.parse(estimatedCompletion));
  assert.is((await get(admin, `/runs/${cast.ada.runId}`)).status, 200);
  assert.equal(codeOf(await get(bob, `/runs/${cast.ada.runId}`)), [404, "ST110"]);
  assert.equal(codeOf(await get(bob, `/runs/${STRANGER}`)), [404, "ST110"]);
  assert.equal(codeOf(await get(null, `/runs/${cast.ada.runId}`)), [401, "ST101"]);
  assert.equal(codeOf(await get(null, subject())), [401, "ST101"]);
});

/** bigint is text in GraphQL, and a time has all its six digits. */
function asGraphql<T extends Readonly<Record<string, unknown>>>(row: T): T {
  const entries = Object.entries(row).map(([name, value]) => {
    if (["done", "total"].includes(name) && value !== null) return [name, String(Number(value))];
    if (typeof value !== "string" || !name.endsWith("At")) return [name, value];
    return [
      name,
      value.replace(/(:\d\d)(?:\.(\d+))?\+/, (_, second, part = "") => `${second}.${part.padEnd(6, "0")}+`),
    ];
  });
  return Object.fromEntries(entries) as T;
}

test("the runs of a row", async () => {
  const { status, body } = await get(ada, subject());
  assert.equal([status, body.runs.map(({ id }: { id: string }) => id)], [200, [cast.ada.runId]]);
  assert.is((await get(admin, subject())).body.runs.length, 1);
  assert.equal((await get(bob, subject())).body, { runs: [] });
});

test("what is no id is refused, however long, and reaches no statement", async () => {
  for (const id of ["42", "x".repeat(10_000), `${cast.ada.runId}x`, "%00", "..%2f..", "'%20or%20true"])
    assert.equal(codeOf(await get(ada, `/runs/${id}`)), [400, "ST206"], id.slice(0, 50));
  for (const query of ["", "?subject=", "?subject=users", "?subject=/1", "?subject=users/", "?subject=a/1&subject=b/2"])
    assert.equal(codeOf(await get(ada, `/runs${query}`)), [400, "ST208"], query);
  assert.equal(codeOf(await get(ada, "/runs?subject=app_public.users/%00")), [400, "ST208"]);
  assert.equal((await get(ada, `/runs?subject=app_public.users/${"x".repeat(10_000)}`)).body, { runs: [] });
});

test("an entity tag names a state: 304 until it changes", async () => {
  for (const path of [`/runs/${cast.ada.runId}`, subject()]) {
    const first = await get(ada, path);
    assert.match(first.etag, /^W\/"[\w-]{22}"$/);
    assert.is(first.headers.get("cache-control"), "private, no-cache");
    for (const known of [first.etag, first.etag.slice(2), `"other", ${first.etag}`, "*"]) {
      const again = await get(ada, path, { "if-none-match": known });
      assert.equal([again.status, again.body, again.etag], [304, undefined, first.etag]);
    }
    assert.is((await get(ada, path, { "if-none-match": '"other"' })).status, 200);
  }
  const { etag } = await get(ada, `/runs/${cast.ada.runId}`);
  await change(cast.ada.runId, 1);
  const changed = await get(ada, `/runs/${cast.ada.runId}`, { "if-none-match": etag });
  assert.equal([changed.status, attemptsOf(changed.body)], [200, 1]);
  assert.is.not(changed.etag, etag);
});

test("an answer that is held back comes with the change that a worker tells of", async () => {
  const path = `/runs/${cast.ada.runId}`;
  const { etag } = await get(ada, path);
  const began = performance.now();
  const held = get(ada, path, { "if-none-match": etag, prefer: "respond-async, wait=30" });
  await waitFor(isWatched);
  await change(cast.ada.runId, 2);
  const answer = await held;
  assert.equal([answer.status, attemptsOf(answer.body)], [200, 2]);
  assert.is(answer.headers.get("preference-applied"), "wait=30");
  assert.ok(performance.now() - began < 20_000);
});

test("without a change it ends as 304 when its time is over; without If-None-Match nobody waits", async () => {
  const path = `/runs/${cast.ada.runId}`;
  const { etag, headers } = await get(ada, path, { prefer: "wait=30" });
  assert.is(headers.get("preference-applied"), null);
  const began = performance.now();
  const answer = await get(ada, path, { "if-none-match": etag, prefer: "wait=1" });
  assert.equal([answer.status, answer.headers.get("preference-applied")], [304, "wait=1"]);
  assert.ok(performance.now() - began >= 990);
  for (const prefer of ["wait", "wait=x", "wait=-1", "xwait=5", "wait=99999999999999999999"]) {
    const ignored = await get(ada, path, { "if-none-match": etag, prefer });
    assert.equal([ignored.status, ignored.headers.get("preference-applied")], [304, null], prefer);
  }
});

test("a new run of the row is noticed by who waits for its runs, and a silent change of a run too", async () => {
  const waits = { prefer: "wait=30" };
  const { rows } = await superuser.query<{ id: string }>(
    "insert into app_public.users (username, email) values ('carol', 'carol@example.test') returning id",
  );
  const carol = rows[0]?.id ?? "";
  const path = `/runs?subject=app_public.users/${carol}`;
  const { etag } = await get(admin, path);
  const held = get(admin, path, { "if-none-match": etag, ...waits });
  const run = `/runs/${cast.ada.runId}`;
  const silent = get(ada, run, { "if-none-match": (await get(ada, run)).etag, ...waits });
  await waitFor(isWatched);
  await change(cast.ada.runId, 3, false);
  await superuser.query("select * from steward.start_runs('user_check', 'app_public.users', array[$1])", [carol]);
  assert.equal(
    (await held).body.runs.map(({ kind }: { kind: string }) => kind),
    ["user_check", "user_signup"],
  );
  assert.is(attemptsOf((await silent).body), 3);
});

test("a run that may not be seen any more ends the waiting", async () => {
  const id = cast.bob.runId;
  const held = get(bob, `/runs/${id}`, { "if-none-match": (await get(bob, `/runs/${id}`)).etag, prefer: "wait=30" });
  await waitFor(isWatched);
  await superuser.query("update steward.runs set owner_id = 'another' where id = $1", [id]);
  await superuser.query("select pg_notify('run_changed', $1)", [id]);
  assert.equal(codeOf(await held), [404, "ST110"]);
});

test("one subject has twenty answers held back at most, and gets the places back; others are not touched", async () => {
  const path = `/runs/${cast.ada.runId}`;
  const { etag } = await get(ada, path);
  const wait = (who: string) => get(who, path, { "if-none-match": etag, prefer: "wait=30" });
  const waiting = Array.from({ length: 25 }, () => wait(ada));
  const answered: Answer[] = [];
  for (const one of waiting) void one.then((answer) => answered.push(answer));
  await waitFor(() => answered.length === 5);
  assert.equal(
    answered.map(codeOf),
    Array.from({ length: 5 }, () => [429, "ST104"]),
  );
  const others = wait(admin);
  await change(cast.ada.runId, 4);
  const statuses = (await Promise.all(waiting)).map(({ status }) => status);
  assert.is(statuses.filter((status) => status === 200).length, 20);
  assert.is((await others).status, 200);
  assert.is((await get(ada, path, { "if-none-match": (await get(ada, path)).etag, prefer: "wait=1" })).status, 304);
});

test("nobody is waited for: not a client that has gone, and not when the server stops", async () => {
  const own = await startApi({}, api.database);
  const path = `/runs/${cast.ada.runId}`;
  const watched = async () => /^steward_subscribed (\d+)/m.exec(await (await fetch(`${own.url}/metrics`)).text())?.[1];
  try {
    const { etag } = await get(ada, path, {}, own.url);
    const headers = { authorization: `Bearer ${ada}`, "if-none-match": etag, prefer: "wait=30" };
    const gone = send(`${own.url}${path}`, { headers });
    gone.on("error", () => undefined).end();
    await waitFor(async () => (await watched()) === "1");
    gone.destroy();
    await waitFor(async () => (await watched()) === "0");
    const left = send(`${own.url}${path}`, { headers });
    left.end();
    await waitFor(async () => (await watched()) === "1");
    const began = performance.now();
    const [[answer]] = await Promise.all([once(left, "response"), own.close()]);
    assert.is(answer.statusCode, 304);
    assert.ok(performance.now() - began < 10_000);
  } finally {
    await own.close().catch(() => undefined);
  }
});

test("it is described, and is what the description says", async () => {
  const { status, body } = await get(null, "/openapi.json");
  assert.equal([status, body.openapi, Object.keys(body.paths)], [200, "3.1.0", ["/runs/{id}", "/runs"]]);
  const { RunWithSteps, Run, Step, Problem } = body.components.schemas;
  const run = (await get(ada, `/runs/${cast.ada.runId}`)).body;
  const { runs } = (await get(ada, subject())).body;
  const problem = (await get(bob, `/runs/${STRANGER}`)).body;
  for (const [schema, value] of [
    [RunWithSteps, run],
    [Step, run.steps[0]],
    [Run, runs[0]],
    [Problem, problem],
  ] as const)
    assert.equal(mismatches(schema, value), []);
  for (const { $ref } of references(body))
    assert.ok(body.components.schemas[$ref.replace("#/components/schemas/", "")], $ref);
});

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
}

/** Where a value is not what its schema says; names that the schema does not have included. */
function mismatches(schema: Schema, value: unknown, at = "$"): string[] {
  const type =
    value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
  const types = [schema.type ?? []].flat();
  if (!types.includes(type) && !(type === "integer" && types.includes("number"))) return [`${at} is ${type}`];
  if (schema.enum && !schema.enum.includes(String(value))) return [`${at} is ${String(value)}`];
  if (schema.properties === undefined || type !== "object") return [];
  const values = value as Readonly<Record<string, unknown>>;
  return [
    ...(schema.required ?? []).filter((name) => !(name in values)).map((name) => `${at} lacks ${name}`),
    ...Object.entries(values).flatMap(([name, part]) => {
      const known = schema.properties?.[name];
      return known ? mismatches(known, part, `${at}.${name}`) : [`${at}.${name} is not described`];
    }),
  ];
}

function references(part: unknown): { $ref: string }[] {
  if (typeof part !== "object" || part === null) return [];
  return "$ref" in part ? [part as { $ref: string }] : Object.values(part).flatMap(references);
}

test("who asks while a migration alters what is shown gets an answer, over GraphQL too", async () => {
  await Promise.all([get(ada, subject()), api.send(ada, MINE)]); // statements are prepared, functions known
  await superuser.query("begin; alter table steward.runs add column added text");
  const answers = Promise.all([get(ada, subject()), api.send(ada, MINE)]);
  const waiting = "select distinct pid from pg_locks where not granted and relation = 'steward.runs'::regclass";
  await waitFor(async () => (await superuser.query(waiting)).rowCount === 2);
  await superuser.query("commit; alter table steward.runs drop column added");
  const [rest, graphql] = await answers;
  assert.is(rest.status, 200, JSON.stringify(rest.body));
  assert.is(rest.body.runs[0].id, cast.ada.runId);
  assert.equal(graphql.errors, []);
});

test.run();
