// docs/operate.md, "What is wrong?": every query and command in it is run by an operator against the incident that it is about.
// test-timeout: 120
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { openPool } from "steward/testing/server";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startApi, type TestApi } from "../helpers/api.ts";
import { waitFor } from "../helpers/database.ts";

const ROOT = join(import.meta.dirname, "../..");
const PROGRAM = join(ROOT, "packages/steward/bin/steward.js");
const test = suite("docs/operate.md");
let api: TestApi;
let superuser: pg.Pool;
let operator: pg.Pool;
let alice: string;
let ada: string;
/** Sessions in the middle of something. */
const sessions: pg.Client[] = [];

test.before(async () => {
  api = await startApi({ READY_WORKERLESS_SECONDS: "1" });
  superuser = openPool(api.database.superuserUrl);
  alice = `alice_of_${new URL(api.database.ownerUrl).pathname.slice(1)}`;
  await superuser.query(`create role ${alice} login password '${alice}' in role pg_monitor, pg_signal_backend`);
  await api.database.pool.query("select steward.grant_operator($1, steers => true)", [alice]);
  operator = openPool(urlOf(alice));
  const { rows } = await superuser.query<{ id: string }>(
    "insert into app_public.users (username, email) values ('ada', 'ada@example.test') returning id",
  );
  ada = rows[0]?.id ?? "";
});
test.after(async () => {
  for (const session of sessions) await session.end().catch(() => undefined);
  await operator.end();
  await api.database.pool.query("select steward.revoke_operator($1)", [alice]);
  await superuser.query(`drop role ${alice}`);
  await superuser.end();
  await api.close();
});

interface Incident {
  readonly prepare?: () => Promise<unknown>;
  /** What each block of the section answers, in order; undefined for what ends a session, which is not run. */
  readonly answers: readonly (RegExp | undefined)[];
}

/** By the heading of the section. One that is not here, or has other blocks, fails. */
const INCIDENTS: Readonly<Record<string, Incident>> = {
  "One thing does not get on": {
    prepare: () =>
      superuser.query(
        `insert into steward_private.past_attempts (step_id, lease, begun_at, ended_at, outcome, error_code, error_message, words)
         select s.id, 1, now(), now(), 'later', 'ST999', 'there is no box', 'Error: there is no box' from steward.steps s join steward.runs r on r.id = s.run_id where s.name = 'onboard' and r.owner_id = $1`,
        [ada],
      ),
    answers: [/operator can act/, /"outcome":"later".*there is no box/],
  },
  "Nothing is worked on": {
    prepare: () => operator.query("select steward.pause(lane => 'cloud', reason => 'it is being moved')"),
    answers: [/^\[\]\n.*"paused_by":"alice_of_.*it is being moved/],
  },
  "Much waits": {
    prepare: () =>
      superuser.query(
        "insert into app_public.users (username, email) select 'u' || n, 'u' || n || '@example.test' from generate_series(1, 30) n",
      ),
    answers: [/"lane":"drive","steps":"30".*"lacking":\["drive_account"\]/],
  },
  "Runs fail": {
    prepare: () => fail("u1", "ST608", "The cloud does not let our administrator do this."),
    answers: [/"code":"ST608","runs":"1"/, /1 would be retried.*1 retried/s],
  },
  "Steps retry": {
    prepare: () =>
      superuser.query(
        "update steward.steps set status = 'retrying', error_code = 'ST999', error_message = 'there is no box', attempts = 1 where name = 'onboard' and status = 'queued'",
      ),
    answers: [/"code":"ST999","retrying":"\d+".*there is no box/, /paused/],
  },
  "A provider is down": {
    prepare: () =>
      superuser.query(
        `update steward.lanes set down_since = now() - interval '1 hour', open_until = now() + interval '1 minute', failures = 9, error_code = 'ST501', error_message = 'it does not answer' where name = 'drive';
         insert into steward.refusals (lane, credentials, open_until, host, pid, error_code, error_message) values ('cloud', 'f1', now() + interval '1 minute', 'old-box', 18, 'ST606', 'refused')`,
      ),
    answers: [/"name":"drive".*it does not answer/, /"host":"old-box","pid":18,/],
  },
  "Somebody holds a lock": {
    async prepare() {
      const holder = await begin(
        "begin; update app_public.users set display_name = 'x' where username = 'ada'",
        "forgetful",
      );
      const waiter = await begin("select 1", "patient");
      waiter.query("update app_public.users set display_name = 'y' where username = 'ada'").catch(() => undefined);
      await waitFor(
        async () =>
          (
            await superuser.query(
              "select pg_blocking_pids(pid) p from pg_stat_activity where application_name = 'patient'",
            )
          ).rows[0]?.p.length > 0,
      );
      return holder;
    },
    answers: [/"application":"forgetful".*"idle in transaction".*"sessions":"?1"?.*update app_public/, undefined],
  },
  "Somebody holds a snapshot": {
    prepare: () => begin("begin isolation level repeatable read; select from app_public.users", "reporting"),
    answers: [/"application_name":"reporting".*select from app_public.users/],
  },
  "A worker dies or hangs": {
    async prepare() {
      await superuser.query(
        "insert into steward_private.workers (id, pool_id, host, pid, uses_lock, seen_at) overriding system value values (4711, 'pool-x', 'box', 17, false, now() + interval '1 hour')",
      );
      await superuser.query(
        "update steward.steps set worker_id = 4711, lease = 1, status = 'running', begun_at = now() - interval '1 hour', expires_at = now() - interval '30 minutes' where id = (select min(id) from steward.steps where name = 'drive_account')",
      );
    },
    answers: [/"id":4711,"host":"box","pid":17.*"state":"hangs".*drive_account/, /Worker 4711 is not known any more/],
  },
  "A server is not ready": {
    prepare: () => waitFor(async () => (await fetch(`${api.url}/readyz`)).status === 503),
    answers: [/no worker for \d+ s/],
  },
  "The API is slow": { answers: [/"state":"idle"/] },
  "It must not happen": { answers: [/is paused.*-> cancelled/s] },
  "Is all in place?": { answers: [/problem +A promise is broken.*found/s, /P5: an attempt is past its timeout/] },
};

test("each answer of the book was run", async () => {
  const sections = sectionsOf(readFileSync(join(ROOT, "docs/operate.md"), "utf8"));
  assert.equal([...sections.keys()], Object.keys(INCIDENTS));
  for (const [title, blocks] of sections) {
    const { prepare, answers } = INCIDENTS[title] as Incident;
    await prepare?.();
    assert.is(blocks.length, answers.length, title);
    for (const [index, { language, text }] of blocks.entries()) {
      const expected = answers[index];
      if (expected === undefined) continue;
      const answer = language === "sql" ? await ask(text) : await command(text);
      assert.match(answer, expected, `${title}\n${text}\n${answer}`);
    }
  }
});

test("each row of the first table leads somewhere", () => {
  const text = readFileSync(join(ROOT, "docs/operate.md"), "utf8");
  const anchors = new Set(
    [...text.matchAll(/^##+ (.+)$/gm)].map(([, title]) =>
      String(title)
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
  for (const [, anchor] of text.matchAll(/\]\(#([^)]+)\)/g)) assert.ok(anchors.has(String(anchor)), String(anchor));
});

test.run();

interface Block {
  readonly language: string;
  readonly text: string;
}

function sectionsOf(text: string): Map<string, readonly Block[]> {
  const [, book = ""] = /^## What is wrong\?\n(.*?)^## /ms.exec(text) ?? [];
  const parts = book.split(/^### /m).slice(1);
  return new Map(
    parts.map((part) => [
      part.slice(0, part.indexOf("\n")),
      Array.from(part.matchAll(/^```(sql|sh)\n(.*?)^```/gms), ([, language, body]) => ({
        language: String(language),
        text: String(body),
      })),
    ]),
  );
}

/** All statements of a block as the operator, and what each returned, a line each. */
async function ask(sql: string): Promise<string> {
  const { rows } = await superuser.query("select id from steward.runs where owner_id = $1", [ada]);
  const results = await operator.query(sql.replaceAll("'...'", `'${rows[0]?.id}'`));
  return [results]
    .flat()
    .map((result) => JSON.stringify(result.rows))
    .join("\n");
}

/** The commands of a block, one after the other, and all that they printed. */
async function command(lines: string): Promise<string> {
  let printed = "";
  for (const line of lines.trim().split("\n")) {
    const text = line.replace("/ID", `/${ada}`).replace("WORKER", "4711");
    if (text.startsWith("curl")) printed += await (await fetch(`${api.url}/readyz`)).text();
    else
      printed += await steward(
        Array.from(text.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, word]) => quoted ?? String(word)).slice(2),
      );
  }
  return printed;
}

function steward(args: string[]): Promise<string> {
  const env = {
    ...process.env,
    DATABASE_URL: args[0] === "doctor" ? api.database.ownerUrl : urlOf(alice),
    LOG_LEVEL: "error",
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { cwd: ROOT, env }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

function urlOf(role: string): string {
  const url = new URL(api.database.superuserUrl);
  [url.username, url.password] = [role, role];
  return url.href;
}

async function begin(sql: string, name: string): Promise<pg.Client> {
  const session = new pg.Client({ connectionString: api.database.ownerUrl, application_name: name });
  session.on("error", () => undefined);
  await session.connect();
  await session.query(sql);
  sessions.push(session);
  return session;
}

async function fail(username: string, code: string, message: string): Promise<void> {
  const { rows } = await superuser.query<{ id: string }>(
    "select r.id from steward.runs r join app_public.users u on u.id::text = r.owner_id where u.username = $1",
    [username],
  );
  const id = rows[0]?.id;
  await superuser.query(
    "update steward.steps set status = case when name = 'drive_account' then 'failed' else 'cancelled' end::steward.step_status, error_code = $2, error_message = $3, is_backlog = false, finished_at = now() where run_id = $1",
    [id, code, message],
  );
  await superuser.query(
    "update steward.runs set status = 'failed', error_code = $2, error_message = $3, started_at = now(), finished_at = now(), failed = total where id = $1",
    [id, code, message],
  );
}
