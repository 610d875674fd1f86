// Every command that cannot go on says why in one line on stderr, with what to do, and ends with the exit code of docs/operate.md.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { toReason } from "steward/command";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, createEmptyDatabase, type TestDatabase } from "../helpers/database.ts";

const ELSEWHERE = {
  NEXTCLOUD_URL: "http://127.0.0.1:9",
  NEXTCLOUD_ADMIN_USER: "admin",
  NEXTCLOUD_ADMIN_PASSWORD: "secret",
  OS_AUTH_URL: "http://127.0.0.1:9/v3",
  OS_USERNAME: "admin",
  OS_PASSWORD: "secret",
  OS_PROJECT_NAME: "admin",
  OS_USER_DOMAIN_NAME: "Default",
  OS_PROJECT_DOMAIN_NAME: "Default",
  OS_REGION_NAME: "One",
};
const NO_DATABASE = { DATABASE_URL: "postgres://a:b@127.0.0.1:9/c", API_DATABASE_URL: "postgres://d:e@127.0.0.1:9/c" };

const test = suite("commands");
const dataDir = mkdtempSync(join(tmpdir(), "steward-command-"));
let migrated: TestDatabase;
let empty: TestDatabase;

test.before(async () => {
  [migrated, empty] = await Promise.all([createDatabase(), createEmptyDatabase()]);
});
test.after(async () => {
  await Promise.all([migrated.close(), empty.close()]);
  rmSync(dataDir, { recursive: true, force: true });
});

for (const program of ["server/main.ts", "scripts/server.ts", "scripts/migrate.ts", "scripts/backfill.ts"]) {
  test(`${program}: a database that cannot be reached`, async () => {
    const { code, stderr } = await run(program, NO_DATABASE);
    assert.match(
      stderr,
      /^steward: The database cannot be reached: .+ Check DATABASE_URL and API_DATABASE_URL\. \(ST901\)\n$/,
    );
    assert.is(code, 1);
  });
}

test("a database that has no connection free", async () => {
  const full = await createEmptyDatabase();
  const name = pg.escapeIdentifier(new URL(full.ownerUrl).pathname.slice(1));
  const superuser = new pg.Client({ connectionString: full.superuserUrl });
  await superuser.connect();
  await superuser.query(`alter database ${name} connection limit 0`);
  await superuser.end();
  const { stderr } = await run("scripts/migrate.ts", urls(full));
  await full.close();
  assert.match(stderr, /^steward: The database .+ too many connections .+ or raise max_connections\. \(ST901\)\n$/);
});

test("a database whose disk is full from the first connection on", () => {
  const full = new pg.DatabaseError("could not write init file: No space left on device", 0, "error");
  const { code, next } = toReason(Object.assign(full, { code: "53100", severity: "FATAL" }));
  assert.equal([code, next], ["ST901", "Make room on the disk of Postgres; all goes on by itself."]);
});

for (const program of ["scripts/server.ts", "scripts/backfill.ts"]) {
  test(`${program}: a database that is not migrated`, async () => {
    const { code, stderr } = await run(program, urls(empty));
    assert.is(
      stderr,
      "steward: The database has not been migrated to this code. Migrate it first: npx steward migrate, or npm run migrate. (ST828)\n",
    );
    assert.is(code, 1);
  });
}

test("scripts/migrate.ts: an empty database has the engine and the application afterwards", async () => {
  const database = await createEmptyDatabase();
  try {
    assert.is((await run("scripts/migrate.ts", urls(database))).code, 0);
    const { rows } = await database.pool.query(
      "insert into app_public.users (username) values ('ada') returning (select count(*)::int from steward.lifecycles) as lifecycles",
    );
    assert.ok(rows[0].lifecycles > 0);
  } finally {
    await database.close();
  }
});

test("a port that is taken", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const PORT = String((other.address() as AddressInfo).port);
  const { code, stderr } = await run("scripts/server.ts", { ...urls(migrated), PORT });
  other.close();
  assert.match(stderr, /^steward: HOST 127\.0\.0\.1, PORT \d+ cannot be listened on \(EADDRINUSE\)\. .+\n$/);
  assert.is(code, 2);
});

test("persisted operations that are no JSON", async () => {
  const file = join(dataDir, "operations.json");
  writeFileSync(file, "no JSON");
  const { code, stderr } = await run("scripts/server.ts", { ...urls(migrated), PERSISTED_OPERATIONS: file });
  assert.match(stderr, /^steward: PERSISTED_OPERATIONS.*\n$/);
  assert.is(code, 2);
});

for (const rights of [
  "superuser",
  "bypassrls",
  "createrole",
  "in role steward_owner",
  "noinherit in role pg_read_all_data",
]) {
  test(`a server whose login has more rights than row security allows: ${rights}`, async () => {
    const name = `api_${randomBytes(4).toString("hex")}`;
    const administrator = new pg.Client({ connectionString: migrated.superuserUrl });
    await administrator.connect();
    try {
      await administrator.query(`create role ${name} login password 'secret' ${rights}`);
      await administrator.query(`grant steward_user, steward_admin to ${name}`);
      const url = new URL(migrated.apiUrl);
      url.username = name;
      url.password = "secret";
      const { code, stderr } = await run("scripts/server.ts", { ...urls(migrated), API_DATABASE_URL: url.href });
      assert.match(stderr, /^steward: API_DATABASE_URL logs in as a superuser, .+\n$/);
      assert.is(code, 1);
    } finally {
      await administrator.query(`drop owned by ${name}; drop role ${name}`);
      await administrator.end();
    }
  });
}

test.run();

function urls({ ownerUrl, apiUrl }: TestDatabase) {
  return { DATABASE_URL: ownerUrl, API_DATABASE_URL: apiUrl };
}

async function run(program: string, env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env["PATH"], STEWARD_DATA_DIR: dataDir, LOG_LEVEL: "silent", ...ELSEWHERE, ...env },
  });
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const [code] = await once(child, "close");
  return { code, stderr };
}
