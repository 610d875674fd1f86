// An application that was there before adopts Steward and leaves it again: examples/existing-app, as its README says, on the packed package.
// test-timeout: 240
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
import { installPacked } from "../../packages/steward/tests/pack.ts";
import { readState } from "../../packages/steward/tests/state.ts";

const run = promisify(execFile);
const EXAMPLE = join(import.meta.dirname, "../../examples/existing-app");
const test = suite("the application that was there before");
const folder = mkdtempSync(join(tmpdir(), "steward-example-"));
const shop = join(folder, "tea-shop");
const database = newName();
/** Roles belong to the whole server: these are this test's own. */
const PREFIX = `${database}_`;
const ROLES = ["shop_owner", "shop_app", "shop_customer", "shop_support", "shop_api"];

let server: TestServer;
/** Connections as the owner, as the shop at run time, and as an administrator. */
let owner: pg.Pool;
let app: pg.Pool;
let environment: NodeJS.ProcessEnv;
let before: string;
let dumpBefore: string | undefined;
let ada: string;

test.before(async () => {
  cpSync(EXAMPLE, shop, { recursive: true });
  for (const file of globSync("**/*.{sql,ts}", { cwd: shop })) rename(join(shop, file));
  await installPacked(folder, shop);
  server = await prepareServer("steward_test");
  await runSql(server.url, readFileSync(join(shop, "db/roles.sql"), "utf8"));
  await createDatabaseFrom({ ...server, owner: `${PREFIX}shop_owner` }, "template0", database);
  owner = open("shop_owner", "owner");
  app = open("shop_app", "app");
  const { PATH, HOME, TEST_POSTGRES_URL } = process.env;
  environment = {
    PATH: `${join(shop, "node_modules/.bin")}:${PATH}`,
    HOME,
    ...(TEST_POSTGRES_URL && { TEST_POSTGRES_URL }),
    DATABASE_URL: urlFor("shop_owner", "owner"),
    API_DATABASE_URL: urlFor("shop_api", "api"),
    JWT_SECRET: "a-secret-of-at-least-32-characters",
    JWT_SUBJECT_CLAIM: "customerId",
    PORT: "0",
    LOG_LEVEL: "warn",
  };
});
test.after(async () => {
  await owner.end();
  await app.end();
  await dropDatabase(server, database);
  await runSql(server.url, ...ROLES.map((role) => `drop role if exists ${PREFIX}${role}`));
  rmSync(folder, { recursive: true, force: true });
});

test("its own migrations come first, with rows", async () => {
  await call("node-pg-migrate", "up", "--migrations-table", "tea_migrations");
  before = await readState(owner);
  dumpBefore = await dump();
  const { rows } = await owner.query(`select count(*)::int as visits from shop."Visit"`);
  assert.equal(rows, [{ visits: 100_000 }]);
});

test("Steward is installed by a role that may make no roles", async () => {
  const { stdout } = await call("npm", "run", "migrate");
  assert.match(stdout, /The database is up to date/);
  assert.match((await call("steward", "doctor")).stdout, /in place|well/i);
});

test("an insert of the shop's own role starts a run; what fails is told, and done again when asked", async () => {
  const stop = await start("worker");
  try {
    const { rows } = await app.query<{ id: string }>(
      `insert into shop."Customer" ("fullName", favourites) values ('Ada', '{assam,oolong}') returning "customerId" as id`,
    );
    ada = rows[0]?.id ?? "";
    await app.query(`insert into shop."Order" values ('2026/17', $1)`, [ada]);
    const failed = await ended("customer_signup", ada, "failed");
    assert.is(failed.error_code, "SHOP1");
    assert.is(failed.error_message, "There is no tea oolong.");
    assert.equal(await steps("customer_signup"), [
      "make_offer assam succeeded",
      "make_offer oolong failed",
      "open_basket null succeeded",
    ]);
    await ended("order_placed", "2026/17", "succeeded");
    assert.is(await refusal(app.query("select * from steward.runs")), "42501");

    const answer = await asCustomers(async (ask) => {
      const query = "{ runs { nodes { id kind status progress { done total failed } } } }";
      assert.equal((await ask("1", query)).runs.nodes, []);
      const { runs } = await ask(ada, query);
      assert.equal(
        runs.nodes.map(({ kind, status }: { kind: string; status: string }) => `${kind} ${status}`).toSorted(),
        ["customer_signup failed", "order_placed succeeded"],
      );
      const { id } = runs.nodes.find(({ kind }: { kind: string }) => kind === "customer_signup");
      await owner.query(`insert into shop."Tea" values ('oolong', 'Oolong')`);
      return ask(ada, `mutation { retryRun(input: { id: "${id}" }) { run { id status } } }`);
    });
    assert.match(answer.retryRun.run.status, /^(running|succeeded)$/); // a worker may be quicker than the answer
    await ended("customer_signup", ada, "succeeded");
  } finally {
    await stop();
  }
});

test("100,000 rows go in batches after a delete that returns at once", async () => {
  const stop = await start("worker");
  try {
    await app.query(`delete from shop."Customer" where "fullName" = 'Grace Hopper'`);
    await ended("customer_deletion", "1", "succeeded");
  } finally {
    await stop();
  }
  const { rows } = await owner.query(
    `select s.done::int, (select count(*)::int from shop."Visit") as left from steward.steps s where s.name = 'purge'`,
  );
  assert.equal(rows, [{ done: 100_000, left: 0 }]);
});

test("its own test passes, and its types are right", async () => {
  assert.match((await call("npm", "test")).stdout, /pass 1/);
  await call("tsc", "-p", ".");
});

test("it leaves, and nothing is left", async () => {
  await call("steward", "detach", 'shop."Order"');
  await app.query(`insert into shop."Order" values ('2026/18', $1)`, [ada]);
  assert.is((await owner.query("select from steward.runs where subject_id = '2026/18'")).rows.length, 0);
  await call("steward", "uninstall");
  assert.is(await readState(owner), before);
  assert.is(await dump(), dumpBefore);
  await app.query(`insert into shop."Customer" ("fullName") values ('Bob')`);
});

test.run();

function rename(file: string): void {
  writeFileSync(file, readFileSync(file, "utf8").replace(/\bshop_(owner|app|customer|support|api)\b/g, `${PREFIX}$&`));
}

function urlFor(role: string, password: string): string {
  const url = new URL(urlOf(server, database));
  [url.username, url.password] = [PREFIX + role, password];
  return url.href;
}

function open(role: string, password: string): pg.Pool {
  return openPool(urlFor(role, password), { max: 2 });
}

async function call(command: string, ...args: string[]): Promise<{ stdout: string }> {
  try {
    return await run(command, args, { cwd: shop, env: environment });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")}: ${stdout}${stderr}`, { cause: error });
  }
}

/** Starts a command that runs until it is told to stop; returns what tells it. */
async function start(command: string, seen: (text: string) => boolean = () => true): Promise<() => Promise<void>> {
  const child: ChildProcess = spawn("steward", [command], { cwd: shop, env: environment });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const gone = once(child, "exit") as Promise<[number | null]>;
  await waitFor(() => child.exitCode !== null || seen(output), { timeoutMs: 30_000, what: `steward ${command}` });
  return async () => {
    child.kill("SIGTERM");
    const [code] = await gone;
    assert.is(code, 0, output);
  };
}

// oxlint-disable-next-line typescript/no-explicit-any -- what a document asks for is only known where it is written
type Ask = (customer: string, query: string) => Promise<any>;

async function asCustomers<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
  let url = "";
  const stop = await start("server", (output) => {
    url = /http:\S+graphql/.exec(output)?.[0] ?? "";
    return url !== "";
  });
  try {
    // The page to watch with comes along.
    const page = await fetch(new URL("/runs", url), { headers: { accept: "text/html" } });
    assert.match(await page.text(), '<div id="root">');
    return await work(async (customer, query) => {
      const token = (await call("steward", "token", "--sub", customer)).stdout.trim();
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query }) });
      // oxlint-disable-next-line typescript/no-explicit-any -- as above
      const { data, errors } = (await response.json()) as { data: any; errors?: unknown };
      assert.is(errors, undefined, JSON.stringify(errors));
      return data;
    });
  } finally {
    await stop();
  }
}

interface Ended {
  readonly status: string;
  readonly error_code: string | null;
  readonly error_message: string | null;
}

async function ended(kind: string, subject: string, status: string): Promise<Ended> {
  const find = async () => {
    const { rows } = await owner.query<Ended>(
      "select status, error_code, error_message from steward.runs where kind = $1 and subject_id = $2 and status = $3",
      [kind, subject, status],
    );
    return rows[0];
  };
  return waitFor(find, { timeoutMs: 60_000, what: `${kind} of ${subject}: ${status}` });
}

async function steps(kind: string): Promise<string[]> {
  const { rows } = await owner.query<{ step: string }>(
    `select concat_ws(' ', s.name, coalesce(s.item, 'null'), s.status) as step
     from steward.steps s join steward.runs r on r.id = s.run_id where r.kind = $1 order by 1`,
    [kind],
  );
  return rows.map(({ step }) => step);
}

async function refusal(query: Promise<unknown>): Promise<unknown> {
  return query.then(
    () => "no error",
    (error: { code: string }) => error.code,
  );
}

/** What pg_dump prints, with roles; undefined where this machine has none that is new enough for the server. */
async function dump(): Promise<string | undefined> {
  const version = await run("pg_dump", ["--version"]).then(
    ({ stdout }) => Number(/\d+/.exec(stdout)?.[0]),
    () => 0,
  );
  const { rows } = await owner.query<{ major: number }>(
    "select current_setting('server_version_num')::int / 10000 as major",
  );
  if (version < (rows[0]?.major ?? 0)) return undefined;
  const { stdout } = await run("pg_dump", ["--schema-only", urlFor("shop_owner", "owner")], { maxBuffer: 1e8 });
  return stdout.replace(/^\\(un)?restrict .*$/gm, "");
}
