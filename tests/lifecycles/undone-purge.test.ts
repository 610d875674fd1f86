// A crash of Postgres may undo the last batches of a purge, which do not wait for the disk, while the attempt that did them lives on.
import type pg from "pg";
import type { Work } from "steward/engine/step";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import purge from "../../tasks/purge.ts";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { startEngine, type TestEngine } from "../helpers/engine.ts";
import { violations } from "../helpers/lifecycle.ts";

const test = suite("a purge that is undone");
let database: TestDatabase;
let db: pg.Pool;
let engine: TestEngine;
let attempts = 0;

/** What such a crash leaves: the rows are there again, and the progress is what it was. */
const UNDO = `
with undone as (
  insert into app_public.labels (id, user_id, label_key) overriding system value select id, user_id, label_key from lost returning user_id
)
update steward.steps s set done = 0
from steward.runs r
where r.id = s.run_id and r.subject_id = (select user_id::text from undone limit 1) and s.name = 'purge'`;

/** As it is, but for the crash after the first attempt's last batch. */
const work: Work = async (step, services) => {
  const effect = await purge.work(step, services);
  if (attempts++ === 0) await db.query(UNDO);
  return effect;
};

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  engine = await startEngine({
    connectionString: database.ownerUrl,
    works: { purge: work, drive_remove: async () => undefined, cloud_remove: async () => undefined },
  });
});
test.after(async () => {
  await engine.stop();
  await database.close();
});

test("is not taken for done, but done again", async () => {
  const { rows } = await db.query<{ id: string }>(
    "insert into app_public.users (username) values ('ada') returning id",
  );
  const id = rows[0]?.id;
  await db.query("insert into app_public.labels (user_id, label_key) select $1, 'k' from generate_series(1, 1500)", [
    id,
  ]);
  await db.query("create table lost as select * from app_public.labels where id % 20 = 0");
  await db.query("delete from app_public.users where id = $1", [id]);
  await waitFor(
    async () =>
      (await db.query("select from steward.runs where kind = 'user_deletion' and status = 'succeeded'")).rowCount,
    { timeoutMs: 30_000, what: "the end of the deletion" },
  );
  assert.is((await db.query("select from app_public.labels where user_id = $1", [id])).rowCount, 0);
  assert.is(attempts, 2);
  assert.equal(await violations(db), []);
});

test.run();
