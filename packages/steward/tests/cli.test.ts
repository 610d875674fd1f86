// The command `steward`, as people call it in an application's folder. `steward doctor` has a file of its own.
import { once } from "node:events";
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jwtVerify, SignJWT } from "jose";
import { waitFor } from "steward/testing";
import { urlOf } from "steward/testing/server";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ROOT } from "./application.ts";
import { close, database, folder, open, pool, server, shop, start, steward } from "./command.ts";

const test = suite("steward");
const API = `api_${database}`;

test.before(open);
test.after(close);

test("help teaches, and names the exit codes", async () => {
  const { code, stdout } = await steward(["--help"]);
  assert.is(code, 0);
  for (const words of ["npx steward init", "attach", "doctor", "Exit codes: 0 done"]) assert.match(stdout, words);
  assert.match((await steward(["attach", "--help"])).stdout, "npx steward attach public.accounts --on-insert");
});

test("commands of the application are run and listed", async () => {
  const script = "process.stdout.write(process.argv.slice(2).join()); process.exitCode = 3;";
  writeFileSync(join(shop, "count.ts"), script);
  const config = readFileSync(join(shop, "steward.config.ts"), "utf8");
  const commands = `commands: { count: { script: "count.ts", does: "counts the stock" } },`;
  writeFileSync(join(shop, "steward.config.ts"), config.replace("defineConfig({", `defineConfig({ ${commands}`));
  const { code, stdout } = await steward(["count", "all", "--twice"]);
  assert.equal([code, stdout], [3, "all,--twice"]);
  assert.match((await steward(["--help"])).stdout, /count .*counts the stock/);
  assert.is((await steward(["--help"], { WORKER_CONCURRENCY: "many" })).code, 0);
});

test("wrong arguments end with 2 and one line", async () => {
  assert.equal(await steward(["migrat"]), {
    code: 2,
    stdout: "",
    stderr: "steward: unknown command 'migrat'. (Did you mean migrate?). See steward --help.\n",
  });
  assert.is((await steward(["attach"])).stderr, "steward: missing required argument 'table'. See steward --help.\n");
  for (const [args, message] of [
    [["--json"], "no command is named."],
    [["attach", "--json"], "missing required argument 'table'."],
    [["--json", "migrat"], "unknown command 'migrat'. (Did you mean migrate?)."],
    [["status", "--json", "--nothing"], "unknown option '--nothing'."],
  ] as const) {
    const { code, stderr } = await steward([...args]);
    assert.equal([code, JSON.parse(stderr)], [2, { error: { code: "ST801", message, next: "See steward --help." } }]);
  }
  const { code, stderr } = await steward(["lifecycles"], { WORKER_CONCURRENCY: "many" });
  assert.equal(
    [code, stderr],
    [
      2,
      "steward: WORKER_CONCURRENCY must be a whole number from 1 to 100. Correct what the message names, then start again. (ST801)\n",
    ],
  );
});

test("an older Node is told in one line", async () => {
  const older = "data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '22.17.9' })";
  assert.equal(await steward(["--help"], { NODE_OPTIONS: `--import "${older.replaceAll(" ", "%20")}"` }), {
    code: 2,
    stdout: "",
    stderr: "steward: Node.js 22.18 or newer is needed, and this is 22.17.9.\n",
  });
});

test("before migrating, each command says what to do", async () => {
  const { code, stderr } = await steward(["lifecycles"]);
  assert.is(code, 1);
  assert.match(stderr, /^steward: The database has not been migrated to this code\. .+ \(ST828\)\n$/);
  assert.match((await steward(["worker"])).stderr, /\(ST828\)\n$/);
  const doctor = await steward(["doctor"]);
  assert.is(doctor.code, 3);
  assert.match(doctor.stdout, /^problem +The database does not have the present migrations of/);
});

test("migrate brings the engine and the lifecycles", async () => {
  const { code, stdout } = await steward(["migrate", "--json"]);
  assert.is(code, 0);
  assert.ok(JSON.parse(stdout).applied.includes("order.sql"));
  assert.is((await steward(["migrate"])).stdout, "The database is up to date.\n");
  assert.equal(JSON.parse((await steward(["lifecycles", "--json"])).stdout), [
    { kind: "order", steps: "pack, ship", started_by: "insert into public.orders", open_runs: 0 },
  ]);
});

test("migrate --sql prints SQL, and no database is needed", async () => {
  const { code, stdout } = await steward(["migrate", "--sql", "--from", "2"], {
    DATABASE_URL: "postgres://nobody@127.0.0.1:9/x",
  });
  assert.is(code, 0);
  assert.match(stdout, "from migration 2 to migration");
  assert.not.match(stdout, /^\\/m);
  assert.is((await steward(["migrate", "--sql", "--from", "two"])).code, 2);
});

test("why says that a row has no run for its trigger is off", async () => {
  await pool.query("alter table public.orders disable trigger all");
  await pool.query("insert into public.orders (id, customer) overriding system value values (4711, 'ada')");
  const { code, stderr } = await steward(["why", "public.orders/4711"]);
  assert.is(code, 1);
  assert.match(stderr, /There is no run public.orders\/4711.*insert of public.orders starts no run at present/);
  await pool.query("delete from public.orders where id = 4711");
  assert.match((await steward(["why", "public.orders/4711"])).stderr, /Nor is there such a row/);
  await pool.query("alter table public.orders enable trigger all");
});

test("attach and detach", async () => {
  await pool.query('create table public."Big Order" (id int primary key, total int)');
  const args = ["attach", 'public."Big Order"', "--on-insert", "order", "--when", "total > 10"];
  assert.equal(await steward(args), { code: 0, stdout: 'public."Big Order" is attached.\n', stderr: "" });
  await pool.query('insert into public."Big Order" values (1, 5), (2, 50)');
  const { rows } = await pool.query(`select subject_id from steward.runs where subject_table = 'public."Big Order"'`);
  assert.equal(rows, [{ subject_id: "2" }]);
  // A shell has taken the quotes away.
  assert.match((await steward(["why", "public.Big Order/2"])).stdout, 'order of public."Big Order"/2: pending');
  assert.match((await steward(["runs", "--subject", "public.Big Order"])).stdout, 'public."Big Order"/2');
  assert.match(
    (await steward(["cancel", "--subject", "public.Big Order/2", "--preview"])).stdout,
    "1 would be cancelled",
  );
  assert.match((await steward(["detach", "public.Big Order"])).stdout, 'public."Big Order" is detached.');
  await pool.query('insert into public."Big Order" values (3, 50)');
  assert.is((await pool.query("select from steward.runs")).rowCount, 1);
  await pool.query("select steward.cancel_run(id) from steward.runs");
});

test("what Postgres or the engine refuses is one line with its code", async () => {
  const missing = await steward(["attach", "public.nothing", "--on-insert", "order"]);
  assert.equal(
    [missing.code, missing.stderr],
    [1, 'steward: Postgres refuses it: relation "public.nothing" does not exist. (42P01)\n'],
  );
  const unknown = await steward(["attach", "public.orders", "--on-insert", "nothing", "--json"]);
  assert.equal(JSON.parse(unknown.stderr), {
    error: {
      code: "ST424",
      message: "There is no lifecycle 'nothing'.",
      next: "Define it first, with steward.define_lifecycle.",
    },
  });
});

test("token prints one that the server takes", async () => {
  const secret = "a secret of the tests that is long enough to sign with";
  const { code, stdout } = await steward(["token", "--sub", "42"], { JWT_SECRET: secret });
  assert.is(code, 0);
  const { payload } = await jwtVerify(stdout.trim(), new TextEncoder().encode(secret));
  assert.equal([payload.sub, payload["role"]], ["42", "user"]);
  assert.is((await steward(["token", "--sub", "42", "--role", "king"])).code, 2);
});

test("server shows each the runs that they own, by a claim of the application's own", async () => {
  const without = await steward(["server"]);
  assert.equal([without.code, /API_DATABASE_URL must be set/.test(without.stderr)], [2, true]);
  await pool.query(`
    create role ${API} login noinherit password '${API}'; create role ${API}_one; create role ${API}_all;
    grant ${API}_one, ${API}_all to ${API};
    select steward.grant_reader('${API}_one', claim => 'jwt.claims.sub'); select steward.grant_reader('${API}_all', all_runs => true);
    insert into public.orders (customer) values ('42'), ('43')`);
  writeFileSync(
    join(shop, "steward.config.ts"),
    readFileSync(join(ROOT, "steward.config.ts"), "utf8").replace(
      "tasks:",
      `readers: { reader: "${API}_one", admin: "${API}_all" },\n  tasks:`,
    ),
  );
  const secret = "a secret of the tests that is long enough to sign with";
  const env = {
    API_DATABASE_URL: urlOf(server, database, API),
    PORT: "0",
    JWT_SECRET: secret,
    JWT_SUBJECT_CLAIM: "customer.id",
  };
  const served = start(["server", "--json"], env);
  try {
    const [line] = (await once(served.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    const { url: address } = JSON.parse(line.toString());
    const tokenOf = (claims: Record<string, unknown>) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime("1h")
        .sign(new TextEncoder().encode(secret));
    const mine = await statuses(
      address,
      await tokenOf({ role: "user", customer: { id: 42 } }),
      '(condition: { kind: "order", ownerId: "42" })',
    );
    assert.is(mine.data?.runs.nodes.length, 1);
    assert.is(
      (await statuses(address, await tokenOf({ role: "user", customer: { id: 42 } }))).data?.runs.nodes.length,
      1,
    );
    assert.is(
      (await statuses(address, await tokenOf({ role: "user", customer: { id: 7 } }))).data?.runs.nodes.length,
      0,
    );
    assert.ok(
      Number(
        (await statuses(address, await tokenOf({ role: "admin", customer: { id: "x" } }))).data?.runs.nodes.length,
      ) >= 2,
    );
    assert.is((await statuses(address, await tokenOf({ role: "user", sub: "42" }))).data, undefined);
  } finally {
    served.kill("SIGTERM");
    await once(served, "exit");
    cpSync(ROOT, shop, { recursive: true });
    await pool.query("select steward.cancel(status => 'pending')");
    await pool.query("delete from public.orders");
    await pool.query(`
      select steward.revoke_reader('${API}_one'); select steward.revoke_reader('${API}_all');
      drop role ${API}; drop role ${API}_one; drop role ${API}_all`);
  }
});

test("a folder without tasks, and a configuration that is none, are told in one line", async () => {
  const root = mkdtempSync(join(folder, "empty-"));
  const { code, stderr } = await steward(["worker"], {}, root);
  assert.is(code, 2);
  assert.match(stderr, /^steward: There is no folder .+ \(ST801\)\n$/);
  writeFileSync(join(root, "steward.config.ts"), "export default defineConfig(");
  assert.match(
    (await steward(["lifecycles"], {}, root)).stderr,
    /^steward: steward\.config\.ts cannot be loaded: .+ \(ST801\)\n$/,
  );
});

test("worker executes, and stops in order", async () => {
  const worker = start(["worker"]);
  await pool.query("insert into public.orders (customer) values ('ada')");
  await untilShipped();
  worker.kill("SIGTERM");
  assert.is((await once(worker, "exit"))[0], 0);
});

test("npx graphile-worker runs the same worker", async () => {
  const worker = start([], {}, shop, join(import.meta.dirname, "../../../node_modules/graphile-worker/dist/cli.js"));
  await pool.query("insert into public.orders (customer) values ('dan')");
  await untilShipped();
  worker.kill("SIGTERM");
  await once(worker, "exit");
});

test("worker --watch takes a changed task", async () => {
  const worker = start(["worker", "--watch"]);
  await pool.query("insert into public.orders (customer) values ('bob')");
  await untilShipped();
  const task = join(shop, "tasks/ship.ts");
  writeFileSync(task, readFileSync(task, "utf8").replace("'shipped'", "'flown'"));
  await pool.query("insert into public.orders (customer) values ('eve')");
  await waitFor(async () => (await pool.query("select from public.orders where state = 'flown'")).rowCount, {
    what: "the new task",
    timeoutMs: 30_000,
  });
  worker.kill("SIGTERM");
  assert.is((await once(worker, "exit"))[0], 0);
});

test("init writes what is not there, and overwrites nothing", async () => {
  const root = mkdtempSync(join(folder, "new-"));
  writeFileSync(
    join(root, "package.json"),
    '{"name": "old", "type": "commonjs", "scripts": {"steward:start": "mine"}}',
  );
  writeFileSync(join(root, ".gitignore"), "mine\n");
  const { stdout } = await steward(["init", "--json"], {}, root);
  const { made, kept, scripts } = JSON.parse(stdout);
  assert.equal(made, [
    "steward.config.mts",
    "steward/lifecycles/greeting.sql",
    "tasks/greet.mts",
    "tests/greeting.test.mts",
  ]);
  assert.equal([kept, scripts], [[".gitignore"], ["steward:migrate", "steward:worker", "steward:test"]]);
  assert.is(readFileSync(join(root, ".gitignore"), "utf8"), "mine\n");
  assert.is(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts["steward:start"], "mine");
  assert.equal(JSON.parse((await steward(["init", "--json"], {}, root)).stdout).made, []);
});

test("init, then start: the example's lifecycle runs on a Postgres of its own", async () => {
  const root = mkdtempSync(join(folder, "started-"));
  await steward(["init"], {}, root);
  assert.ok(existsSync(join(root, "steward.config.ts")));
  const started = start(["start", "--watch"], { DATABASE_URL: "", PORT: "0" }, root);
  let output = "";
  for (const stream of [started.stdout, started.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await waitFor(() => output.includes("Hello, World!"), { what: "the greeting", timeoutMs: 60_000 });
  assert.match(output, "Steward is ready");
  const token = (await steward(["token", "--role", "admin", "--sub", "me"], { DATABASE_URL: "" }, root)).stdout.trim();
  const [address = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
  assert.equal(await statuses(address, token), {
    data: { runs: { nodes: [{ kind: "greeting", status: "succeeded" }] } },
  });
  appendFileSync(
    join(root, "steward/lifecycles/greeting.sql"),
    "insert into public.steward_guests (name) values ('Ada');\n",
  );
  await waitFor(() => output.includes("Hello, Ada!"), { what: "the changed lifecycle", timeoutMs: 60_000 });
  started.kill("SIGTERM");
  assert.is((await once(started, "exit"))[0], 0);
});

async function untilShipped(): Promise<void> {
  const open = () => pool.query("select from public.orders where state <> 'shipped'");
  await waitFor(async () => (await open()).rowCount === 0, { what: "the orders", timeoutMs: 30_000 });
}

interface Statuses {
  readonly data?: { readonly runs: { readonly nodes: readonly { kind: string; status: string }[] } };
}

/** What the API at this address says of the runs that the token's bearer sees. */
async function statuses(address: string, token: string, which = ""): Promise<Statuses> {
  const response = await fetch(`${address}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ query: `{ runs${which} { nodes { kind status } } }` }),
  });
  return (await response.json()) as Statuses;
}

test.run();
