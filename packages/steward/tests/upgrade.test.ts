// Two versions side by side: workers and a server of the previous one go on while the schema becomes the next one's, and after it; then
// the other way round, back to the previous version on the newer schema. Packed as they are published, with orders coming in all the time.
// test-timeout: 240
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type pg from "pg";
import { waitFor } from "steward/testing";
import {
  createDatabaseFrom,
  dropDatabase,
  newName,
  openPool,
  prepareServer,
  runSql,
  type TestServer,
  urlOf,
} from "steward/testing/server";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { install, pack } from "./pack.ts";

const run = promisify(execFile);
const test = suite("an upgrade while all runs");
const REPOSITORY = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "steward-upgrade-"));
const previous = join(folder, "previous");
const next = join(folder, "next");
const database = newName();
/** Roles belong to the whole server: these are this test's own. */
const [READER, ADMIN, API] = [`${database}_reader`, `${database}_admin`, `${database}_api`];
const OWNER = "steward_test";
const GENEROUS = { timeoutMs: 60_000 };
/** A transaction of somebody else keeps a table for so long in the middle of the migration; nobody may wait behind it for as long. */
const HELD_MS = 2_000;
const LONGEST_WAIT_MS = 1_000;

let server: TestServer;
let owner: pg.Pool;
let superuser: pg.Pool;
let environment: NodeJS.ProcessEnv;
/** What a failed test leaves running. */
const children = new Set<ChildProcess>();
let isOver = false;
let bearer: string | undefined;

test.before(async () => {
  [server] = await Promise.all([prepareServer(OWNER), makeApplications()]);
  await runSql(
    server.url,
    `create role ${READER}`,
    `create role ${ADMIN}`,
    `create role ${API} login noinherit password '${API}' in role ${READER}, ${ADMIN}`,
  );
  await createDatabaseFrom(server, "template0", database);
  owner = openPool(urlOf(server, database, OWNER));
  superuser = openPool(urlOf(server, database));
  const { PATH, HOME } = process.env;
  environment = {
    PATH,
    HOME,
    DATABASE_URL: urlOf(server, database, OWNER),
    API_DATABASE_URL: urlOf(server, database, API),
    JWT_SECRET: "a-secret-of-at-least-32-characters",
    PORT: "0",
  };
  await owner.query("create table public.orders (id bigint generated always as identity primary key, state text)");
  await call(previous, "migrate");
});
test.after(async () => {
  isOver = true;
  for (const child of children) child.kill("SIGKILL");
  await Promise.all([owner.end(), superuser.end()]);
  await dropDatabase(server, database);
  await runSql(server.url, ...[API, READER, ADMIN].map((role) => `drop role if exists ${role}`));
  rmSync(folder, { recursive: true, force: true });
});

test("no step fails, no request fails and nobody waits long, there and back", async () => {
  const stopOrders = keepOn(() => owner.query("insert into public.orders (state) values ('new')"), 50);
  const waits = watchLocks();
  const servers = [await serve(previous)];
  const oldWorker = await work(previous);
  await succeeded(10);

  assert.match(await refusal(next, "worker"), /ST828/);
  await migrateBehindSomebody();
  assert.match(await refusal(previous, "migrate"), /ST822/);
  await succeeded(10); // of orders from before, and the first steps of those that come now
  const newWorker = await work(next);
  await succeeded(10, "stamp");
  await oldWorker.stop();
  await succeeded(10, "stamp");

  const backAgain = await work(previous);
  servers.push(await serve(previous));
  await newWorker.stop();
  await succeeded(10, "pack");
  const forth = await work(next);
  await stopOrders();
  await waitFor(
    async () => (await count("steward.runs where status in ('pending', 'running', 'suspended')")) === 0,
    GENEROUS,
  );
  await Promise.all([backAgain.stop(), forth.stop()]);
  await Promise.all(servers.map((one) => one.stop()));
  const longest = await waits();
  console.log(`${await count("steward.runs")} runs; the longest wait for a table: ${longest} ms`);

  assert.is(await count("steward.runs where status = 'succeeded'"), await count("public.orders"));
  assert.equal(
    (
      await owner.query(
        "select name, attempts, error_code from steward.steps where attempts > 1 or error_code is not null",
      )
    ).rows,
    [],
  );
  assert.equal((await owner.query("select * from steward.all_violations")).rows, []);
  assert.ok(longest < LONGEST_WAIT_MS, `somebody waited for ${longest} ms`);
});

test.run();

/** The present state twice, unless this clone has an earlier release: the second brings a migration, changed and new functions, and a task more. */
async function makeApplications(): Promise<void> {
  const present = await pack(join(folder, "present"));
  const released = await packReleased();
  for (const [application, tarball] of [
    [previous, released ?? present],
    [next, present],
  ] as const) {
    for (const part of ["tasks", "lifecycles"]) mkdirSync(join(application, part), { recursive: true });
    await install(tarball, application);
    const settings = { tasks: "tasks", lifecycles: "lifecycles", readers: { reader: READER, admin: ADMIN } };
    writeFileSync(join(application, "steward.config.ts"), `export default ${JSON.stringify(settings)};`);
    for (const task of ["pack", "ship", ...(application === next ? ["stamp"] : [])])
      writeFileSync(join(application, `tasks/${task}.ts`), TASK);
    writeFileSync(join(application, "lifecycles/order.sql"), lifecycle(application === next));
  }
  const sql = join(next, "node_modules/steward/sql");
  writeFileSync(join(sql, "migrations/000999_add_stamps.sql"), MIGRATION);
  writeFileSync(join(sql, "functions/steward_private/stamp_of.sql"), FUNCTION);
  for (const changed of ["begin_steps", "succeed_steps", "fail_step"])
    appendFileSync(join(sql, `functions/steward_private/${changed}.sql`), "\n-- as the next version has it\n");
  const manifest = join(next, "node_modules/steward/package.json");
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace(/"version": "[^"]*"/, '"version": "999.0.0"'));
}

/** The tarball of the last release that this commit comes after: of a tag like v1.2.3. */
async function packReleased(): Promise<string | undefined> {
  const git = (...args: string[]) => run("git", args, { cwd: REPOSITORY }).then(({ stdout }) => stdout.trim());
  const tag = await git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD^").catch(() => undefined);
  if (tag === undefined) return undefined;
  const source = join(folder, "released");
  mkdirSync(source, { recursive: true });
  await git("archive", "--output", join(folder, "released.tar"), tag, "packages/steward");
  await run("tar", ["-xf", join(folder, "released.tar"), "-C", source]);
  return pack(join(folder, "of-release"), join(source, "packages/steward"));
}

const TASK = `import { defineTask } from "steward";
export default defineTask(async (step) => (db) => db.query("update public.orders set state = $2 where id = $1", [step.subjectId, step.name]));
`;

function lifecycle(withStamp: boolean): string {
  const stamp = `, "stamp": {"after": ["pack"], "max_attempts": 1}`;
  return `select steward.define_lifecycle('order', 'An order.', $$ {
  "pack": {"max_attempts": 1}, "ship": {"after": ["pack"], "max_attempts": 1}${withStamp ? stamp : ""} } $$);
select steward.attach('public.orders', on_insert => 'order', owner => 'id');
select steward.grant_reader('${READER}', claim => 'jwt.claims.sub');
select steward.grant_reader('${ADMIN}', all_runs => true);
`;
}

const MIGRATION = `alter table steward.runs add column stamp text;
alter table steward.steps add column stamp text;
create table steward_private.stamps (id bigint primary key);
`;
const FUNCTION = `create or replace function steward_private.stamp_of(id bigint)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$ select 'stamp' $$;
`;

/** Migrates while somebody has read the table that is changed and does not end: the migration steps aside, and comes again. */
async function migrateBehindSomebody(): Promise<void> {
  const somebody = await superuser.connect();
  await somebody.query("begin");
  await somebody.query("select from steward.runs limit 1");
  const migrated = call(next, "migrate");
  await waitFor(
    async () =>
      (await count("pg_stat_activity where application_name = 'steward migrate' and wait_event_type = 'Lock'")) > 0,
    GENEROUS,
  );
  await sleep(HELD_MS);
  await somebody.query("rollback");
  somebody.release();
  await migrated;
}

/** Looks who waits for a table all the time; what it returns ends that, and tells the longest wait in milliseconds. */
function watchLocks(): () => Promise<number> {
  let longest = 0;
  const stop = keepOn(async () => {
    const { rows } = await superuser.query<{ ms: number | null }>(
      `select max(extract(epoch from clock_timestamp() - l.waitstart) * 1000)::int as ms from pg_locks l
       where not l.granted and l.locktype = 'relation' and l.waitstart is not null`,
    );
    longest = Math.max(longest, rows[0]?.ms ?? 0);
  }, 20);
  return async () => {
    await stop();
    return longest;
  };
}

/** Does it again and again, with pauses, until what it returns is called; that rejects when it failed once. */
function keepOn(work: () => Promise<unknown>, pauseMs: number): () => Promise<void> {
  let isStopped = false;
  const done = (async () => {
    while (!isStopped && !isOver) {
      await work();
      await sleep(pauseMs);
    }
  })();
  done.catch(() => undefined); // told when it is stopped
  return async () => {
    isStopped = true;
    await done;
  };
}

async function count(what: string): Promise<number> {
  const { rows } = await superuser.query<{ n: number }>(`select count(*)::int as n from ${what}`);
  return rows[0]?.n ?? 0;
}

/** So many further steps of this name have succeeded. */
async function succeeded(more: number, name = "pack"): Promise<void> {
  const now = () => count(`steward.steps where status = 'succeeded' and name = '${name}'`);
  const least = (await now()) + more;
  await waitFor(async () => (await now()) >= least, { ...GENEROUS, what: `${more} steps ${name}` });
}

interface Process {
  stop(): Promise<void>;
}

const work = (application: string) =>
  start(application, "worker", /"msg":"[^"]*worker/i).then(({ process }) => process);

/** A server whose status is asked for all the time; each answer must be one. */
async function serve(application: string): Promise<Process> {
  const { process, output } = await start(application, "server", /http:\/\/\S+\/graphql/);
  const url = /http:\/\/[\d.:]+/.exec(output())?.[0];
  bearer ??= (await call(application, "token", "--role", "admin", "--sub", "1")).trim().split("\n").at(-1);
  const headers = { authorization: `Bearer ${bearer}` };
  const stopAsking = keepOn(async () => {
    const rest = await fetch(`${url}/runs?subject=public.orders/1`, { headers });
    const body = JSON.stringify({
      query: "{ runs(first: 5) { nodes { id status progress { done total } steps { nodes { name status } } } } }",
    });
    const graphql = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body,
    });
    const texts = [await rest.text(), await graphql.text()];
    assert.equal([rest.status, graphql.status, texts[1]?.includes('"errors"')], [200, 200, false], texts.join("\n"));
  }, 100);
  return {
    async stop() {
      await stopAsking();
      await process.stop();
    },
  };
}

async function start(
  application: string,
  command: string,
  isThere: RegExp,
): Promise<{ process: Process; output: () => string }> {
  const child: ChildProcess = spawn("steward", [command], options(application));
  children.add(child);
  child.once("exit", () => children.delete(child));
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const gone = once(child, "exit") as Promise<[number | null]>;
  await waitFor(() => child.exitCode !== null || isThere.test(output), { ...GENEROUS, what: `steward ${command}` });
  const stop = async () => {
    child.kill("SIGTERM");
    const [code] = await gone;
    assert.is(code, 0, output);
  };
  return { process: { stop }, output: () => output };
}

function options(application: string) {
  return {
    cwd: application,
    env: { ...environment, PATH: `${join(application, "node_modules/.bin")}:${environment["PATH"]}` },
  };
}

async function call(application: string, ...args: string[]): Promise<string> {
  return (await run("steward", args, options(application))).stdout;
}

async function refusal(application: string, ...args: string[]): Promise<string> {
  return run("steward", args, options(application)).then(
    () => assert.unreachable(`steward ${args.join(" ")} was not refused`) as never,
    (error: { stderr: string }) => error.stderr,
  );
}
