// The embedded Postgres as its users meet it: many processes, any of which may be killed at any moment.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { attachEmbedded } from "steward/embedded/client";
import { readState } from "steward/embedded/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const PATIENCE_MS = 15_000;
const folder = mkdtempSync(join(tmpdir(), "steward-embedded-"));
// Deeper than the 107 bytes that a socket's path may have.
const dataDir = join(folder, "a-folder-with-a-long-name".repeat(4), "data");
const children: ChildProcess[] = [];

const attach = (dir = dataDir) => attachEmbedded(dir, { services: ["postgres"], postgresSettings: { fsync: "off" } });

async function query(databaseUrl: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(20);
  }
}

const answers = (databaseUrl: string) =>
  query(databaseUrl, "select 1").then(
    () => true,
    () => false,
  );

function isAlive(pid: number): boolean {
  try {
    // A zombie that nobody has collected yet is dead to us.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

const serverPid = () => Number(readFileSync(join(dataDir, "postgres/data/postmaster.pid"), "utf8").split("\n")[0]);
const embeddedPid = () => readState(dataDir).control?.pid ?? 0;

async function attachInProcess(): Promise<{ child: ChildProcess; databaseUrl: string }> {
  const program = join(import.meta.dirname, "attached-process.ts");
  const child = spawn(process.execPath, [program, dataDir], { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  for await (const databaseUrl of createInterface({ input: child.stdout })) return { child, databaseUrl };
  throw new Error("the process ended without attaching");
}

const test = suite("embedded services");

test.after(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test("what was written is there after a restart, at the same address", async () => {
  const first = await attach();
  await query(first.services.postgres.databaseUrl, "create table kept as select 'text' as word");
  await first.release();
  const second = await attach();
  assert.equal(second.services, first.services);
  assert.equal(await query(second.services.postgres.databaseUrl, "select word from kept"), [{ word: "text" }]);
  await second.release();
});

test("the last release returns when everything is down", async () => {
  const [one, other] = await Promise.all([attach(), attach()]);
  const [postgres, embedded] = [serverPid(), embeddedPid()];
  await one.release();
  assert.ok(await answers(other.services.postgres.databaseUrl), "one of two has left: it still runs");
  await other.release();
  assert.is(isAlive(postgres), false);
  // It has said goodbye; the system may take a moment more to be done with it.
  await until("the process is gone", () => !isAlive(embedded));
  assert.not(existsSync(join(dataDir, "postgres/data/postmaster.pid")));
  assert.is(readState(dataDir).control, undefined);
});

test("several processes at once use one server", async () => {
  const attached = await Promise.all(Array.from({ length: 6 }, attachInProcess));
  assert.is(new Set(attached.map(({ databaseUrl }) => databaseUrl)).size, 1);
  const [{ databaseUrl } = { databaseUrl: "" }] = attached;
  const [{ pid, embedded }] = [{ pid: serverPid(), embedded: embeddedPid() }];
  assert.ok(await answers(databaseUrl));
  for (const { child } of attached) child.stdin?.end();
  await Promise.all(attached.map(({ child }) => once(child, "exit")));
  assert.equal([isAlive(pid), isAlive(embedded)], [false, false]);
});

test("killed users count as gone", async () => {
  const { child } = await attachInProcess();
  const pids = [serverPid(), embeddedPid()];
  child.kill("SIGKILL");
  await until("all has stopped", () => !pids.some(isAlive));
  assert.not(existsSync(join(dataDir, "postgres/data/postmaster.pid")), "it was stopped in order");
});

test("a killed Postgres is started again, also while a session is busy", async () => {
  const { services, release } = await attach();
  const { databaseUrl } = services.postgres;
  const before = serverPid();
  const busy = query(databaseUrl, "do $$ begin while true loop end loop; end $$").then(
    () => "done",
    () => "ended",
  );
  await until("the session is busy", async () => {
    const rows = await query(databaseUrl, "select 1 from pg_stat_activity where state = 'active' and query like 'do%'");
    return rows.length === 1;
  });
  process.kill(before, "SIGKILL");
  await until("it answers again", () => answers(databaseUrl));
  assert.is.not(serverPid(), before);
  assert.is(await busy, "ended");
  await release();
});

test("killed embedded services come back at the same address, and leave no orphan", async () => {
  const { services, release } = await attach();
  const pids = [embeddedPid(), serverPid()];
  process.kill(pids[0] ?? 0, "SIGKILL");
  await until("another process serves", () => embeddedPid() !== pids[0] && isAlive(embeddedPid()));
  await until("it answers again", () => answers(services.postgres.databaseUrl));
  assert.equal(pids.map(isAlive), [false, false]);
  await release();
  assert.not(isAlive(embeddedPid()));
});

test("a server left behind by a killed process is taken care of", async () => {
  const { child, databaseUrl } = await attachInProcess();
  const [embedded, server] = [embeddedPid(), serverPid()];
  // Stopped, it cannot heed the death of its parent.
  process.kill(server, "SIGSTOP");
  child.kill("SIGKILL");
  process.kill(embedded, "SIGKILL");
  await until("the process is dead", () => !isAlive(embedded));
  setTimeout(() => process.kill(server, "SIGCONT"), 500);
  const { services, release } = await attach();
  assert.is(services.postgres.databaseUrl, databaseUrl);
  assert.not(isAlive(server));
  assert.ok(await answers(databaseUrl));
  await release();
});

test("the owner is an ordinary role that may make roles and databases", async () => {
  const { services, release } = await attach();
  const rows = await query(
    services.postgres.databaseUrl,
    `select current_user as name, rolsuper, rolbypassrls, rolreplication, rolcreaterole, rolcreatedb,
       (select datdba::regrole::text from pg_database where datname = current_database()) as owner
     from pg_roles where rolname = current_user`,
  );
  const may = { rolcreaterole: true, rolcreatedb: true };
  const mayNot = { rolsuper: false, rolbypassrls: false, rolreplication: false };
  assert.equal(rows, [{ name: "steward", ...mayNot, ...may, owner: "steward" }]);
  await release();
});

test("a data folder whose owner was a superuser says what to do", async () => {
  const { release } = await attach();
  await release();
  rmSync(join(dataDir, "postgres-owner.password"));
  const refused = await attach().catch((error: unknown) => error);
  assert.match(String(refused), /made by an earlier version.+move the data folder away/);
});

test("a Postgres that cannot start is an error with a reason", async () => {
  const wrong = join(folder, "wrong");
  const refused = await attachEmbedded(wrong, {
    services: ["postgres"],
    postgresSettings: { fsync: "off", shared_buffers: "nonsense" },
  }).catch((error: unknown) => error);
  assert.instance(refused, Error);
  assert.match(String(refused), /does not start: .*shared_buffers/);
  await until("its process has ended", () => readState(wrong).control === undefined);
});

test.run();
