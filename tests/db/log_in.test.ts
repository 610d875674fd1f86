// The first login through a valid token makes the user: once, whoever else arrives, and never somebody else's account.
import { createHash, randomUUID } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asUser, createDatabase, type TestDatabase } from "../helpers/database.ts";

interface Claims {
  username?: string | undefined;
  email?: string | undefined;
  name?: string | undefined;
  issuedAt?: Date | undefined;
}

interface User {
  id: string;
  username: string;
  email: string | null;
  display_name: string | null;
  external_subject: string | null;
}

const test = suite("log_in");
let database: TestDatabase;

test.before(async () => {
  database = await createDatabase();
});
test.after(() => database.close());
test.after.each(async () => {
  await database.pool.query("truncate app_public.users cascade");
});

test("makes the user of a new subject, complete with credits and a run; a uuid becomes the id", async () => {
  const subject = randomUUID();
  assert.is(await logIn(subject, { username: "ada", email: "ada@example.test", name: "Ada L." }), subject);
  const user = await only();
  assert.equal(user, {
    id: subject,
    username: "ada",
    email: "ada@example.test",
    display_name: "Ada L.",
    external_subject: subject,
  });
  const { rows } = await database.pool.query(
    "select balance, (select count(*)::int from steward.runs where owner_id = user_id::text) as runs from app_public.user_credits",
  );
  assert.equal(rows, [{ balance: 100, runs: 1 }]);
});

test("finds the user again, whatever the claims say by then", async () => {
  const first = await logIn("auth0|17", { username: "ada" });
  assert.is(await logIn("auth0|17", { username: "countess", email: "new@example.test" }), first);
  assert.is((await only())?.username, "ada");
});

test("finds who was inserted with the subject as id, or with an external subject", async () => {
  const id = randomUUID();
  await database.pool.query(
    "insert into app_public.users (id, username, external_subject) values ($1, 'one', null), ($2, 'two', 'kc:2')",
    [id, randomUUID()],
  );
  assert.is(await logIn(id, {}), id);
  assert.is(await logIn(id.toUpperCase(), {}), id);
  const two = await logIn("kc:2", {});
  assert.is((await users()).find((user) => user.id === two)?.username, "two");
});

test("who has an external subject is found by that alone, and whoever's subject is their id is somebody else", async () => {
  const id = randomUUID();
  await database.pool.query(
    "insert into app_public.users (id, username, external_subject) values ($1, 'ada', 'auth0|17')",
    [id],
  );
  assert.is(await findUser(id), null);
  const other = await logIn(id, { username: "mallory" });
  assert.is.not(other, id);
  assert.equal([await logIn(id, {}), await findUser(id)], [other, other]);
  assert.equal([await logIn("auth0|17", {}), await findUser("auth0|17")], [id, id]);
  // Nor does the end of the one keep the other out.
  await database.pool.query("delete from app_public.users");
  assert.is.not(await logIn("another", { issuedAt: new Date(0) }), null);
  await database.pool.query(
    "insert into app_public.users (id, username, external_subject) values ($1, 'eve', 'kc|3')",
    [randomUUID()],
  );
  const { rows } = await database.pool.query<{ id: string }>(
    "delete from app_public.users where username = 'eve' returning id",
  );
  const stranger = rows[0]?.id ?? "";
  assert.is(await logIn(stranger, { issuedAt: new Date(0) }), stranger);
});

test("a uuid is one subject in whatever case; finding makes nobody", async () => {
  const subject = randomUUID();
  assert.is(await findUser(subject), null);
  const made = await logIn(subject.toUpperCase(), {});
  assert.equal([await logIn(subject, {}), await findUser(subject)], [made, made]);
  assert.is((await users()).length, 1);
});

test("ten at the same moment make one user", async () => {
  for (const subject of [randomUUID(), "opaque-subject"]) {
    const ids = await Promise.all(
      Array.from({ length: 10 }, () => logIn(subject, { username: "ada", email: "a@b.test" })),
    );
    assert.is(new Set(ids).size, 1);
    assert.is((await users()).filter((user) => user.external_subject === subject).length, 1);
  }
});

test("ten people of one name at the same moment all get in", async () => {
  const ids = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      logIn(`subject ${index}`, { username: "x".repeat(100), email: "x@x.test" }),
    ),
  );
  assert.is(new Set(ids).size, 10);
  const made = await users();
  assert.is(made.filter(({ email }) => email === "x@x.test").length, 1);
  assert.ok(made.every(({ username }) => username.length <= 100));
});

test("neither a name nor an address opens somebody else's account", async () => {
  const ada = await logIn(randomUUID(), { username: "ada", email: "ada@example.test" });
  const mallory = await logIn(randomUUID(), { username: "ada", email: "ada@example.test" });
  assert.is.not(mallory, ada);
  const other = (await users()).find(({ id }) => id === mallory);
  assert.match(other?.username ?? "", /^ada-[0-9a-f]{8}$/);
  assert.is(other?.email, null);
});

test("claims that will not do are left out or trimmed; the login goes on", async () => {
  const subject = "11111111-2222-4333-8444-555555555555";
  await logIn(subject, { username: " \u0007\t ", email: "not an address", name: "\u0000".replace("\0", "") });
  assert.equal(await only(), {
    id: subject,
    username: `user-${createHash("md5").update(subject).digest("hex").slice(0, 8)}`,
    email: null,
    display_name: null,
    external_subject: subject,
  });
  const long = await logIn("s", {
    username: `  ${"é".repeat(300)} `,
    name: `${"n".repeat(300)}\n`,
    email: `${"e".repeat(250)}@x.test`,
  });
  const user = (await users()).find(({ id }) => id === long);
  assert.is(user?.username, "é".repeat(100));
  assert.is(user?.display_name, "n".repeat(200));
  assert.is(user?.email, null);
});

test("a subject that is empty or too long is refused", async () => {
  for (const subject of ["", "x".repeat(256)]) {
    const error = await logIn(subject, {}).catch((err: unknown) => err);
    assert.is((error as { code?: string }).code, "ST221");
  }
});

for (const subject of [randomUUID(), "auth0|43"]) {
  test(`a token that was issued while the deletion of ${subject} was not yet committed is from before it`, async () => {
    const id = await logIn(subject, {});
    const client = await database.pool.connect();
    await client.query("begin");
    await client.query("delete from app_public.users where id = $1", [id]);
    // As long as the transaction is open; the clock of whoever issues tokens may be ahead by some seconds besides.
    const { rows } = await client.query<{ later: Date }>("select now() + '5 s' as later, pg_sleep(1)");
    await client.query("commit");
    client.release();
    assert.is(await logIn(subject, { issuedAt: rows[0]?.later }), null);
    assert.is(await logIn(subject, { issuedAt: new Date(Date.now() + 4_000) }), null);
    assert.is((await users()).length, 0);
  });
}

test("a user without an external subject is not brought back by a token from before either", async () => {
  const id = randomUUID();
  await database.pool.query("insert into app_public.users (id, username) values ($1, 'ada')", [id]);
  await database.pool.query("delete from app_public.users");
  assert.is(await logIn(id.toUpperCase(), { issuedAt: new Date(Date.now() - 5_000) }), null);
});

for (const subject of [randomUUID(), "auth0|42"]) {
  test(`a token from before a deletion does not bring ${subject} back; a later one does`, async () => {
    const before = new Date(Date.now() - 5_000);
    const id = await logIn(subject, { issuedAt: before });
    await database.pool.query("delete from app_public.users where id = $1", [id]);
    assert.is(await logIn(subject, { issuedAt: before }), null);
    assert.is(await logIn(subject, {}), null);
    assert.is((await users()).length, 0);
    const again = await logIn(subject, { issuedAt: new Date(Date.now() + 5_000) });
    assert.is((await only())?.id, again);
  });
}

test("the API's login itself, which inherits nothing, may not call it before it has taken a role", async () => {
  const error = await database.apiPool
    .query("select app_public.log_in('s', null, null, null)")
    .catch((err: unknown) => err);
  assert.is((error as { code?: string }).code, "42501");
});

/** As the server does it: the restricted login takes the role of users for the call. */
function logIn(subject: string, { username, email, name, issuedAt }: Claims): Promise<string | null> {
  return asUser(database.apiPool, "", "user", async (client) => {
    const { rows } = await client.query<{ id: string | null }>("select app_public.log_in($1, $2, $3, $4, $5) as id", [
      subject,
      username,
      email,
      name,
      issuedAt,
    ]);
    return rows[0]?.id ?? null;
  });
}

function findUser(subject: string): Promise<string | null> {
  return asUser(database.apiPool, "", "user", async (client) => {
    const { rows } = await client.query<{ id: string | null }>("select app_public.find_user($1) as id", [subject]);
    return rows[0]?.id ?? null;
  });
}

async function users(): Promise<User[]> {
  const { rows } = await database.pool.query<User>(
    "select id, username, email, display_name, external_subject from app_public.users",
  );
  return rows;
}

async function only(): Promise<User | undefined> {
  const all = await users();
  assert.is(all.length, 1);
  return all[0];
}

test.run();
