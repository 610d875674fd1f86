// Usernames that people or providers would take for one cannot both exist, nor e-mail addresses that differ in case. Those that were
// there before are listed and left alone.
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type pg from "pg";
import { migrate } from "steward/migrate";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PROJECT_ROOT } from "../../server/config.ts";
import { migrateAll } from "../../server/migrate.ts";
import config from "../../steward.config.ts";
import { createDatabase, createEmptyDatabase, type TestDatabase } from "../helpers/database.ts";
import { constraint } from "../helpers/sql-error.ts";

const test = suite("similar users");
let database: TestDatabase;
let db: pg.Pool;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
});
test.after(() => database.close());

const SAME: readonly (readonly [string, string, string])[] = [
  ["case", "Ada", "aDA"],
  ["case outside ASCII", "Ångström", "ÅNGSTRÖM"],
  ["final sigma", "Οδυσσεύς", "ΟΔΥΣΣΕΎΣ"],
  ["composed and decomposed", "zo\u00eb", "zoe\u0308"],
  ["full width", "ｂｏｂ", "bob"],
  ["a ligature", "ﬁona", "fiona"],
  ["a no-break space", "mary ann", "mary\u00a0ann"],
  ["a narrow no-break space", "mary beth", "mary\u202fbeth"],
  ["two spaces", "mary cloe", "mary  cloe"],
  ["a braille blank", "mary doe", "mary\u2800doe"],
  ["an ideographic space", "mary eve", "mary\u3000eve"],
  ["a zero-width space", "carl", "ca\u200brl"],
  ["a zero-width joiner", "dora", "dora\u200d"],
  ["a byte order mark", "emil", "\ufeffemil"],
  ["a direction mark", "frida", "frida\u200e"],
  ["an override of direction", "gustav", "\u202egustav"],
  ["an isolate", "hanna", "\u2066hanna\u2069"],
  ["a soft hyphen", "ingrid", "ing\u00adrid"],
  ["a word joiner", "jan", "j\u2060an"],
  ["a variation selector", "karin", "karin\ufe0f"],
  ["a Hangul filler", "lars", "lars\u3164"],
  ["a tag character", "maria", "maria\u{e0041}"],
  ["a combining grapheme joiner between letter and accent", "ren\u00e9", "rene\u034f\u0301"],
];

for (const [what, first, second] of SAME) {
  test(`${what}: taken for one`, async () => {
    await insert(first);
    assert.is(await constraint(insert(second)), "users_username_folded_key");
  });
}

test("names that differ in what they show can both exist", async () => {
  for (const name of ["olaf", "olav", "ólaf", "olaf-1", "ol af", "0laf", "straße", "strasze", "Олаф"])
    await insert(name);
});

test("e-mail addresses that differ in case are one", async () => {
  await insert("paula", "Paula@Example.com");
  assert.is(await constraint(insert("paula2", "paula@example.COM")), "users_email_folded_key");
  await insert("paula3", "paula@example.org");
});

test("a change of name is held to the same", async () => {
  await insert("quentin");
  await insert("rosa");
  const broken = await constraint(
    db.query("update app_public.users set username = 'QUENTIN\u200b' where username = 'rosa'"),
  );
  assert.is(broken, "users_username_folded_key");
  await db.query("update app_public.users set username = 'Quentin' where username = 'quentin'");
});

test("whatever is put between, and however it is written, the view and the index agree", async () => {
  const invisible = fc.constantFrom(
    "\u200b",
    "\u200d",
    "\ufeff",
    "\u00ad",
    "\u2060",
    "\u202b",
    "\ufe00",
    "\u{e0020}",
    "\u180e",
    "\u115f",
  );
  const letter = fc.constantFrom("a", "E", "ß", "é", "ñ", "Ω", "ж", "漢", "ﬀ", "½", "Å", "각", " x", "7", "-");
  const form = fc.constantFrom("NFC", "NFD", "NFKC", "NFKD");
  const name = fc.array(letter, { minLength: 1, maxLength: 8 });
  let made = 0;
  await fc.assert(
    fc.asyncProperty(name, fc.array(invisible, { minLength: 8, maxLength: 8 }), form, async (letters, between, how) => {
      const prefix = `p${++made}-`;
      const plain = prefix + letters.join("");
      const odd = prefix + letters.map((one, i) => one.normalize(how) + (between[i] ?? "")).join("");
      await insert(plain);
      assert.is(await constraint(insert(odd)), "users_username_folded_key", JSON.stringify([plain, odd]));
    }),
    { numRuns: 150 },
  );
  assert.equal((await db.query("select * from app_private.similar_users")).rows, []);
});

test("a first login whose name or address is taken in another spelling gets a name of its own", async () => {
  await insert("sven", "sven@example.com");
  await db.query("select app_public.log_in('provider|sven', 'Sve\u200bn', 'SVEN@example.com', null, now())");
  const { rows } = await db.query(
    "select username, email from app_public.users where external_subject = 'provider|sven'",
  );
  assert.match(rows[0].username, /^Sve\u200bn-[0-9a-f]{8}$/);
  assert.is(rows[0].email, null);
});

test("names that are there already stay, are listed, and keep others away", async () => {
  const empty = await createEmptyDatabase();
  const folder = mkdtempSync(join(tmpdir(), "steward-similar-"));
  try {
    cpSync(join(PROJECT_ROOT, "db"), folder, { recursive: true });
    // As it was before, so without what came later either.
    for (const file of readdirSync(join(folder, "migrations")))
      if (file >= "000008_fold_names.sql") rmSync(join(folder, "migrations", file));
    for (const part of ["functions", "lifecycles"]) rmSync(join(folder, part), { recursive: true });
    await migrate({ connectionString: empty.ownerUrl, folder });
    await empty.pool.query(
      `insert into app_public.users (username, email, created_at) values
         ('Tom', 'tom@example.com', '2020-01-01'), ('tom', 'TOM@example.com', '2021-01-01'), ('to\u200bm', null, '2022-01-01'), ('ulla', null, now())`,
    );
    await migrateAll({ connectionString: empty.ownerUrl });
    const { rows } = await empty.pool.query(
      "select field, taken_for, spellings from app_private.similar_users order by field desc",
    );
    assert.equal(rows, [
      { field: "username", taken_for: "tom", spellings: ["Tom", "tom", "to\u200bm"] },
      { field: "email", taken_for: "tom@example.com", spellings: ["tom@example.com", "TOM@example.com"] },
    ]);
    const findings = (await config.examine?.(empty.pool)) ?? [];
    assert.equal(
      findings.map(({ level }) => level),
      ["hint", "hint"],
      "the doctor tells of both",
    );
    assert.match(findings[0]?.message ?? "", '"tom@example.com", "TOM@example.com"');
    for (const name of ["TOM", "Ulla"]) {
      const broken = await constraint(empty.pool.query("insert into app_public.users (username) values ($1)", [name]));
      assert.is(broken, "users_username_folded_key");
    }
  } finally {
    rmSync(folder, { recursive: true });
    await empty.close();
  }
});

test.run();

function insert(username: string, email?: string): Promise<pg.QueryResult> {
  return db.query("insert into app_public.users (username, email) values ($1, $2)", [username, email]);
}
