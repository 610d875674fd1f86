// What others do to a table while it is purged.

import type { PurgeIo, PurgeResult } from "steward/purge";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { waitFor } from "../../helpers/database.ts";
import {
  connect,
  count,
  fill,
  GONE,
  looksForWriters,
  OTHER,
  openTable,
  purge,
  query,
  reading,
  transaction,
} from "../../helpers/purging.ts";

const test = suite("purging a table meanwhile");
openTable(test);

test("rows that an update meanwhile moves to where the purge has been go too", async () => {
  await fill(3_000, 5_000);
  await fill(60_000, 1);
  // Room at the beginning of the table, which is where new versions of rows will be put.
  await query("delete from app_public.labels where user_id = $1", [OTHER]);
  await query("vacuum app_public.labels");
  let moved: string[] = [];
  const move = async () => {
    const { rows } = await query(
      `update app_public.labels set label_key = 'moved' where id in (select id from app_public.labels order by id desc limit 500)
       returning ctid`,
    );
    moved = rows.map(({ ctid }) => ctid);
  };
  const result = await purge({ onBatch: () => (moved.length === 0 ? move() : undefined) });
  assert.ok(moved.includes("(0,1)"), "the update put the rows somewhere else, so this test shows nothing");
  assert.equal(result, { outcome: "done", done: 60_000, total: 60_000 });
  assert.is(await count(GONE), 0);
});

test("a row that somebody holds is left for the end; the others do not wait for it", async () => {
  await fill(40_000, 1);
  const holder = await connect();
  await holder.query("begin");
  await holder.query("select from app_public.labels where id = (select min(id) from app_public.labels) for update");
  const purged = purge();
  await waitFor(async () => (await count(GONE)) < 2_000, { what: "the purge of what nobody holds" });
  await holder.query("rollback");
  holder.release();
  assert.equal(await purged, { outcome: "done", done: 40_000, total: 40_000 });
});

test("an insert from before the deletion that is not committed yet is waited for", async () => {
  await fill(10, 1);
  const late = await connect();
  let purged: Promise<PurgeResult>;
  try {
    await late.query("begin");
    await late.query("insert into app_public.labels (user_id, label_key) values ($1, 'late')", [GONE]);
    purged = purge();
    await waitFor(looksForWriters, { what: "the purge to look for open transactions" });
  } finally {
    await late.query("commit");
    late.release();
  }
  assert.is((await purged).done, 11);
});

test("... and found by a further look when it is committed too late for the first", async () => {
  await fill(10, 1);
  const late = await connect();
  try {
    await late.query("begin");
    await late.query("insert into app_public.labels (user_id, label_key) values ($1, 'late')", [GONE]);
    let isCommitted = false;
    const commit = async () => {
      if (!isCommitted) await late.query("commit");
      isCommitted = true;
    };
    assert.is((await purge({ onBatch: commit })).done, 11);
  } finally {
    await late.query("rollback");
    late.release();
  }
});

test("an insert that has its number but has written nothing yet is waited for", async () => {
  await fill(10, 1);
  const [holder, late] = [await connect(), await connect()];
  try {
    await holder.query("select pg_advisory_lock(1)");
    const inserted = late.query(
      `insert into app_public.labels (user_id, label_key) values ('${GONE}', (select 'late' from pg_advisory_xact_lock(1)))`,
    );
    await waitFor(waitsForLock, { what: "the insert to wait" });
    const purged = purge();
    await waitFor(looksForWriters, { what: "the purge to look for open transactions" });
    await holder.query("select pg_advisory_unlock(1)");
    await inserted;
    assert.is((await purged).done, 11);
  } finally {
    await holder.query("select pg_advisory_unlock_all()");
    holder.release();
    late.release();
  }
});

async function waitsForLock(): Promise<boolean> {
  const { rows } = await query(
    "select from pg_stat_activity where wait_event = 'advisory' and datname = current_database()",
  );
  return rows.length > 0;
}

test("a row that moves into a partition that is being purged goes too", async () => {
  await query(
    `create table app_public.parts (id bigint generated always as identity, user_id uuid, state text) partition by list (state);
     create table app_public.parts_done partition of app_public.parts for values in ('done');
     create table app_public.parts_open partition of app_public.parts for values in ('open');
     create index on app_public.parts (user_id);
     insert into app_public.parts (user_id, state)
     select '${GONE}', case when n % 2 = 0 then 'done' else 'open' end from generate_series(1, 20) n;
     analyze app_public.parts`,
  );
  let isMoved = false;
  const move = async () => {
    if (!isMoved) await query("update app_public.parts set state = 'done' where id = 1");
    isMoved = true;
  };
  try {
    const tables = ["app_public.parts_done", "app_public.parts_open"];
    assert.is((await purge({ tables, onBatch: move })).done, 20);
  } finally {
    await query("drop table app_public.parts");
  }
});

test("what others have deleted since its look is no failure", async () => {
  await fill(10, 1);
  const after: PurgeIo["transaction"] = async (work) => {
    await query("delete from app_public.labels");
    return transaction(work);
  };
  assert.equal(await purge({ transaction: after }), { outcome: "done", done: 0, total: 0 });
});

test("a trigger that brings rows back keeps it from being done", async () => {
  await fill(10, 1);
  await query(
    `create function public.bring_back() returns trigger language plpgsql as $$ begin
       insert into app_public.labels overriding system value select (old).*; return null;
     end $$;
     create trigger bring_back after delete on app_public.labels for each row execute function public.bring_back()`,
  );
  try {
    assert.is((await purge({ budgetMs: 1_000 })).outcome, "continue");
  } finally {
    await query("drop trigger bring_back on app_public.labels; drop function public.bring_back()");
  }
});

test("where it cannot look any further, it ends after its batch, not during it", async () => {
  await fill(60_000, 1);
  let fetches = 0;
  const failing = reading((text) => {
    if (text.startsWith("fetch") && ++fetches === 2) throw new Error("the look broke");
  });
  let isAtWork = false;
  const slow: PurgeIo["transaction"] = async (work) => {
    isAtWork = true;
    const result = await transaction(async (db) => {
      await db.query("select pg_sleep(0.3)");
      return work(db);
    });
    isAtWork = false;
    return result;
  };
  const message = await purge({ pool: failing, transaction: slow }).catch((error: Error) => error.message);
  assert.is(message, "the look broke");
  assert.not(isAtWork);
});

test("a table that takes the name while the last rows go is purged too", async () => {
  await fill(10, 1);
  let isTaken = false;
  const takeName: PurgeIo["transaction"] = async (work) => {
    const result = await transaction(work);
    if (!isTaken)
      await query(
        `alter table app_public.labels rename to former_labels;
         create table app_public.labels (like app_public.former_labels including all);
         insert into app_public.labels (user_id, label_key) values ('${GONE}', 'another table''s')`,
      );
    isTaken = true;
    return result;
  };
  try {
    assert.is((await purge({ transaction: takeName })).done, 11);
  } finally {
    await query("drop table app_public.labels; alter table app_public.former_labels rename to labels");
  }
});

test("once as many rows are gone as it saw, it does not read the table again", async () => {
  await fill(60_000, 2);
  let looks = 0;
  const pool = reading((text) => {
    if (text.startsWith("explain")) looks++;
  });
  assert.is((await purge({ pool })).done, 30_000);
  assert.is(looks, 1);
});

test.run();
