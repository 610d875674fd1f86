// What is not configured is embedded or generated, and stays the same from one start to the next.
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { createOwnerPool } from "steward/pools";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadConfig } from "../../server/config.ts";
import { resolveServices } from "../../server/services.ts";

const dataDir = mkdtempSync(join(tmpdir(), "steward-services-"));
const test = suite("services");

test.after(() => rmSync(dataDir, { recursive: true, force: true }));

test("nothing configured: all answer, and are the same after a restart", async () => {
  const config = loadConfig({ STEWARD_DATA_DIR: dataDir });
  const { release, ...first } = await resolveServices(config);
  assert.equal([first.database.embedded, first.drive.embedded, first.clouds[0]?.embedded], [true, true, true]);
  assert.is((await fetch(`${first.drive.url}/status.php`)).status, 200);
  assert.is((await fetch(first.clouds[0]?.url ?? "")).status, 200);
  assert.is(new URL(first.database.apiUrl).username, "steward_api");
  await release();

  const { release: releaseAgain, ...second } = await resolveServices(config);
  await releaseAgain();
  assert.equal(second, first);
});

test("stand-ins belong to one database: another one begins with empty ones, and the first finds its own again", async () => {
  const config = loadConfig({ STEWARD_DATA_DIR: dataDir });
  const first = await resolveServices(config);
  const url = new URL(first.database.url);
  const client = new pg.Client(url.href);
  await client.connect();
  await client.query("create database restored");
  await client.end();
  url.pathname = "/restored";
  const second = await resolveServices(
    loadConfig({
      STEWARD_DATA_DIR: dataDir,
      DATABASE_URL: url.href,
      API_DATABASE_URL: "postgres://api@127.0.0.1/restored",
    }),
  );
  assert.is.not(second.drive.url, first.drive.url);
  assert.is.not(second.clouds[0]?.url, first.clouds[0]?.url);
  const again = await resolveServices(config);
  assert.equal([again.drive, again.clouds], [first.drive, first.clouds]);
  await Promise.all([first, second, again].map(({ release }) => release()));
});

test("secrets in the data folder are for their owner only", () => {
  for (const name of ["jwt.secret", "encryption.key", "postgres.password", "postgres-api.password", "embedded.json"]) {
    assert.is(statSync(join(dataDir, name)).mode & 0o077, 0, name);
  }
  const standIns = readdirSync(dataDir).filter((name) => /^(drive|cloud)@[0-9a-f]{12}$/.test(name));
  assert.is(standIns.length, 4, "of two databases");
  for (const name of ["postgres", "logs", ...standIns]) {
    assert.is(statSync(join(dataDir, name)).mode & 0o077, 0, name);
  }
});

test("a pool names its connections, cancels what takes too long, and outlives a broken connection", async () => {
  const { database, release } = await resolveServices(loadConfig({ STEWARD_DATA_DIR: dataDir }));
  const pool = createOwnerPool({
    connectionString: database.url,
    applicationName: "pools test",
    max: 1,
    statementTimeoutMs: 100,
  });
  try {
    const { rows } = await pool.query("select current_setting('application_name') as name, pg_backend_pid() as pid");
    assert.is(rows[0].name, "pools test");
    const slow = await pool.query("select pg_sleep(20)").catch((error: unknown) => error);
    assert.is((slow as pg.DatabaseError).code, "57014");
    const other = new pg.Client(database.url);
    await other.connect();
    await other.query("select pg_terminate_backend($1, 5000)", [rows[0].pid]);
    await other.end();
    // Whether or not the pool has noticed yet, the one after is a new connection.
    await pool.query("select 1").catch(() => undefined);
    assert.is((await pool.query("select 1 as one")).rows[0].one, 1);
  } finally {
    await pool.end();
    await release();
  }
});

test("everything configured: nothing is started", async () => {
  const { database, drive, clouds, jwtSecret, encryptionKey } = await resolveServices(
    loadConfig({
      STEWARD_DATA_DIR: "/nowhere/that/could/be/made",
      DATABASE_URL: "postgres://owner@db.test/x",
      API_DATABASE_URL: "postgres://api@db.test/x",
      JWT_SECRET: "x".repeat(32),
      ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
      NEXTCLOUD_URL: "https://drive.test",
      NEXTCLOUD_ADMIN_USER: "admin",
      NEXTCLOUD_ADMIN_PASSWORD: "pw",
      OS_AUTH_URL: "https://cloud.test/v3",
      OS_USERNAME: "admin",
      OS_PASSWORD: "pw",
      OS_PROJECT_NAME: "admin",
      OS_USER_DOMAIN_NAME: "Default",
      OS_PROJECT_DOMAIN_NAME: "Default",
      OS_REGION_NAME: "one",
    }),
  );
  assert.equal(
    [database, drive, ...clouds].map(({ embedded }) => embedded),
    [false, false, false],
  );
  assert.equal([drive.url, clouds[0]?.url], ["https://drive.test", "https://cloud.test/v3"]);
  assert.equal([jwtSecret, encryptionKey], ["x".repeat(32), Buffer.alloc(32, 7)]);
});

test.run();
