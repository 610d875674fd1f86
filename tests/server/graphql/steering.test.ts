// Operators steer many runs at once and are told why each waits; nobody else may, and users are told no more than concerns them.
import pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Answer, startApi, type TestApi, token } from "../../helpers/api.ts";
import { type Cast, castOf } from "../../helpers/cast.ts";
import { mustBegin } from "../../helpers/lifecycle.ts";

const test = suite("steering over GraphQL");
let api: TestApi;
let cast: Cast;
let [ada, bob, admin] = ["", "", ""];

test.before(async () => {
  api = await startApi();
  cast = await castOf(api.database.pool);
  ada = await token("user", cast.ada.id);
  bob = await token("user", cast.bob.id);
  admin = await token("admin", cast.bob.id); // an administrator who is a user too: the audit names them
});
test.after(() => api?.close());

const codeOf = (answer: Answer) => answer.errors[0]?.extensions["code"];
const STEER: Record<string, string> = {
  retryRuns: "SteerRunsInput",
  cancelRuns: "SteerRunsInput",
  suspendRuns: "SteerRunsInput",
  resumeRuns: "SteerRunsInput",
  reprioritiseRuns: "ReprioritiseRunsInput",
  pause: "PauseTargetInput",
  unpause: "PauseTargetInput",
  releaseWorker: "ReleaseWorkerInput",
};

function attempt(who: string | null, name: string, input: object): Promise<Answer> {
  const selection = STEER[name]?.endsWith("RunsInput")
    ? "{ preview total runs { id kind subject was becomes } }"
    : "{ message }";
  return api.send(who, `mutation ($input: ${STEER[name]}!) { ${name}(input: $input) ${selection} }`, { input });
}

async function run(name: string, input: object): Promise<Answer["data"]> {
  const answer = await attempt(admin, name, input);
  assert.equal(answer.errors, [], `${name}: ${JSON.stringify(answer.errors)}`);
  return answer.data[name];
}

async function openRun(): Promise<string> {
  const { rows } = await api.database.pool.query<{ id: string }>(
    "select id from steward.runs where owner_id = $1 and kind = 'user_signup'",
    [cast.ada.id],
  );
  assert.ok(rows[0]);
  return rows[0].id;
}

async function audited(): Promise<number> {
  const { rows } = await api.database.pool.query<{ count: number }>("select count(*)::int from steward.audit");
  return rows[0]?.count ?? 0;
}

test("a preview says exactly what the act then does, and changes nothing", async () => {
  const id = await openRun();
  const before = await audited();
  const filter = { kind: "user_signup", ownerId: cast.ada.id };
  const preview = await run("suspendRuns", { filter, preview: true });
  assert.is(preview.preview, true);
  assert.equal(
    preview.runs.map((one: { id: string; becomes: string }) => [one.id, one.becomes]),
    [[id, "suspended"]],
  );
  assert.is(await audited(), before);
  const done = await run("suspendRuns", { filter, reason: "maintenance" });
  assert.equal({ ...done, preview: true }, preview);
  const { rows } = await api.database.pool.query<{ actor: string; reason: string }>(
    "select actor, reason from steward.audit order by id desc limit 1",
  );
  assert.is(rows[0]?.reason, "maintenance");
  assert.match(String(rows[0]?.actor), / for /);
  assert.is((await run("resumeRuns", { filter: { id } })).total, 1);
  assert.is((await run("reprioritiseRuns", { filter: { id }, priority: -5 })).total, 1);
  assert.is((await run("cancelRuns", { filter: { id } })).total, 1);
  assert.is((await run("retryRuns", { filter: { id, status: "cancelled" } })).total, 1);
});

test("pause and unpause", async () => {
  assert.match((await run("pause", { lane: "drive", reason: "moved" })).message, /lane drive is paused/);
  assert.match((await run("unpause", { lane: "drive" })).message, /lane drive goes on/);
  assert.is(codeOf(await attempt(admin, "pause", { lane: "nowhere" })), "ST430");
  assert.is(codeOf(await attempt(admin, "pause", { lane: "drive", task: "x" })), "ST430");
});

test("what says nothing, or too much, is refused with a code", async () => {
  assert.is(codeOf(await attempt(admin, "cancelRuns", { filter: {} })), "ST430");
  assert.is(codeOf(await attempt(admin, "cancelRuns", { filter: { kind: "x" }, most: 10_001 })), "ST107");
  assert.is(codeOf(await attempt(admin, "reprioritiseRuns", { filter: { kind: "x" }, priority: 99_999 })), "ST208");
  assert.is(codeOf(await attempt(admin, "cancelRuns", { filter: { createdAfter: "yesterday-ish" } })), "ST208");
  assert.is(codeOf(await attempt(admin, "releaseWorker", { id: 4711 })), "ST430");
});

test("users steer nothing in bulk, also not their own; nobody does without a token", async () => {
  const id = await openRun();
  const before = await audited();
  const inputs: Record<string, object> = {
    reprioritiseRuns: { filter: { id }, priority: 1 },
    pause: { lane: "drive" },
    unpause: { lane: "drive" },
    releaseWorker: { id: 1 },
  };
  for (const name of Object.keys(STEER)) {
    const input = inputs[name] ?? { filter: { id } };
    assert.is(codeOf(await attempt(ada, name, input)), "ST102", name);
    assert.is(codeOf(await attempt(null, name, input)), "ST101", name);
  }
  assert.is(await audited(), before);
});

test("why it waits: operators are told all, a user a plain sentence, others nothing", async () => {
  const id = await openRun();
  const { pool } = api.database;
  const { rows } = await pool.query<{ id: string }>(
    "select id from steward.steps where run_id = $1 and status = 'queued' order by id limit 1",
    [id],
  );
  await mustBegin(pool, String(rows[0]?.id), 77);
  await pool.query("update steward_private.known_workers set host = 'secret-host', pid = 4242 where id = 77");
  await pool.query("update steward_private.workers set host = 'secret-host', pid = 4242 where id = 77");
  const document = `{ run(id: "${id}") { explanation { code who text } steps { nodes { history { host pid outcome } } } } }`;
  const all = (await api.send(admin, document)).data.run;
  assert.is(all.explanation.code, "running");
  assert.match(all.explanation.text, "secret-host");
  const attempts = all.steps.nodes.flatMap((step: { history: unknown[] }) => step.history);
  assert.equal(attempts, [{ host: "secret-host", pid: 4242, outcome: "running" }]);
  const own = (await api.send(ada, document)).data.run;
  assert.equal(own.explanation, { code: "running", who: "nobody", text: "It is being worked on." });
  assert.ok(own.steps.nodes.every((step: { history: unknown }) => step.history === null));
  assert.is((await api.send(bob, document)).data.run, null);
  const client = new pg.Client({ connectionString: api.database.apiUrl });
  await client.connect();
  try {
    await client.query("begin");
    await client.query("select set_config('role', 'steward_user', true), set_config('jwt.claims.sub', $1, true)", [
      cast.bob.id,
    ]);
    const { rows: told } = await client.query("select * from steward.explain_to_reader($1)", [id]);
    assert.equal(told, [{ code: null, who: null, explanation: null }]);
  } finally {
    await client.end();
  }
});

test("an administrator whose token belongs to no user is named by its subject", async () => {
  const stranger = await token("admin", "operator-4711");
  const paused = await attempt(stranger, "pause", { lane: "drive", reason: "by a stranger" });
  assert.equal(paused.errors, []);
  const { rows } = await api.database.pool.query<{ actor: string }>(
    "select actor from steward.audit where reason = 'by a stranger'",
  );
  assert.match(rows[0]?.actor ?? "", / for operator-4711$/);
  await attempt(stranger, "unpause", { lane: "drive" });
});

test.run();
