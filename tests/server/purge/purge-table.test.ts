import type { Pool, PoolClient } from "pg";
import { createOwnerPool } from "steward/pools";
import { type PurgeIo, type PurgeProgress, type PurgeResult, type PurgeTarget, purgeTable } from "steward/purge";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../../helpers/database.ts";

const test = suite("purging a table");
const TARGET: PurgeTarget = {
  tables: ["app_public.labels"],
  keyColumn: "user_id",
  keyQuery: null,
  cutoffColumn: "id",
  isIndexed: true,
  pace: "fast",
};
const GONE = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";
let database: TestDatabase;
let pool: Pool;

test.before(async () => {
  database = await createDatabase();
  pool = createOwnerPool({ connectionString: database.ownerUrl, applicationName: "purge" });
});
test.after(async () => {
  await pool.end();
  await database.close();
});
test.before.each(async () => {
  await database.pool.query("truncate app_public.labels");
});

interface Options extends Partial<Pick<PurgeIo, "pool" | "transaction" | "before" | "signal" | "budgetMs">> {
  readonly cutoff?: string;
  readonly pace?: PurgeTarget["pace"];
  /** Called in each batch's transaction. */
  readonly onBatch?: (progress: PurgeProgress) => Promise<void> | void;
}

function purge({ cutoff, pace = "fast", onBatch, ...options }: Options = {}): Promise<PurgeResult> {
  const io: PurgeIo = {
    pool,
    transaction,
    signal: new AbortController().signal,
    saveProgress: async (_db, progress) => onBatch?.(progress),
    ...options,
  };
  return purgeTable({ ...TARGET, pace }, GONE, cutoff ?? String(Number.MAX_SAFE_INTEGER), io);
}

async function transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** Labels of the user who is gone, one in `every`; the rest are another user's. */
async function fill(rows: number, every: number): Promise<void> {
  await database.pool.query(
    `insert into app_public.labels (user_id, label_key, label_value)
     select (case when n % $2 = 0 then $3 else $4 end)::uuid, 'key', n from generate_series(1, $1) n`,
    [rows, every, GONE, OTHER],
  );
  await database.pool.query("analyze app_public.labels");
}

async function count(userId: string): Promise<number> {
  const { rows } = await database.pool.query("select count(*)::int from app_public.labels where user_id = $1", [
    userId,
  ]);
  return rows[0].count;
}

test("all of the user's rows go and none of another's, where they lie close together", async () => {
  await fill(100_000, 2);
  assert.equal(await purge(), { outcome: "done", done: 50_000, total: 50_000 });
  assert.is(await count(GONE), 0);
  assert.is(await count(OTHER), 50_000);
});

test("... and where they lie far apart", async () => {
  await fill(100_000, 50);
  assert.equal(await purge(), { outcome: "done", done: 2_000, total: 2_000 });
  assert.is(await count(GONE), 0);
  assert.is(await count(OTHER), 98_000);
});

test("... and where close and far take turns", async () => {
  for (const [rows, every] of [
    [9_000, 1],
    [60_000, 40],
    [45_000, 1],
    [60_000, 60],
    [10, 10],
  ] as const)
    await fill(rows, every);
  const owned = await count(GONE);
  const others = await count(OTHER);
  assert.equal(await purge(), { outcome: "done", done: owned, total: owned });
  assert.is(await count(GONE), 0);
  assert.is(await count(OTHER), others);
});

test("gently it takes smaller batches, and rests at least as long as each took", async () => {
  await fill(60_000, 2);
  const batches: number[] = [];
  let last = 0;
  let [busy, begun] = [0, performance.now()];
  const started = begun;
  const onBatch = ({ done }: PurgeProgress) => {
    batches.push(done - last);
    last = done;
    busy += performance.now() - begun;
  };
  const timed: PurgeIo["transaction"] = (work) => {
    begun = performance.now();
    return transaction(work);
  };
  assert.equal(await purge({ pace: "gentle", onBatch, transaction: timed }), {
    outcome: "done",
    done: 30_000,
    total: 30_000,
  });
  assert.ok((batches[0] ?? 0) <= 1_500, `the first batch took ${batches[0]}`);
  assert.ok(performance.now() - started > 2 * busy, "it worked more than half of the time");
  assert.is(await count(GONE), 0);
});

test("a user without rows is done at once", async () => {
  assert.equal(await purge(), { outcome: "done", done: 0, total: 0 });
});

test("rows from after the cut-off stay", async () => {
  await fill(3_000, 3);
  const { rows } = await database.pool.query("select max(id) as cutoff from app_public.labels");
  await fill(1_000, 2);
  assert.is((await purge({ cutoff: rows[0].cutoff })).done, 1_000);
  assert.is(await count(GONE), 500);
});

test("rows that an update meanwhile moves to where the purge has been go too", async () => {
  await fill(3_000, 5_000);
  await fill(60_000, 1);
  // Room at the beginning of the table, which is where new versions of rows will be put.
  await database.pool.query("delete from app_public.labels where user_id = $1", [OTHER]);
  await database.pool.query("vacuum app_public.labels");
  let moved: string[] = [];
  const move = async () => {
    const { rows } = await database.pool.query(
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
  const holder = await database.pool.connect();
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
  const late = await database.pool.connect();
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
  const late = await database.pool.connect();
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

test("a table that takes the name while the last rows go is purged too", async () => {
  await fill(10, 1);
  let isTaken = false;
  const takeName: PurgeIo["transaction"] = async (work) => {
    const result = await transaction(work);
    if (!isTaken)
      await database.pool.query(
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
    await database.pool.query("drop table app_public.labels; alter table app_public.former_labels rename to labels");
  }
});

test("once as many rows are gone as it saw, it does not read the table again", async () => {
  await fill(60_000, 2);
  let looks = 0;
  const reading: PurgeIo["pool"] = {
    connect: async () => {
      const client = await pool.connect();
      const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
      const counted = (...args: unknown[]) => {
        if (String(args[0]).startsWith("explain")) looks++;
        return query(...args);
      };
      return Object.create(client, { query: { value: counted } });
    },
  };
  assert.is((await purge({ pool: reading })).done, 30_000);
  assert.is(looks, 1);
});

async function looksForWriters(): Promise<boolean> {
  const { rows } = await database.pool.query(
    `select from pg_stat_activity
     where application_name = 'purge' and query like '%pg_snapshot_xmin%' and datname = current_database()`,
  );
  return rows.length > 0;
}

test("the signal ends it after the present batch; another job goes on, and progress only grows", async () => {
  await fill(120_000, 2);
  const seen: PurgeProgress[] = [];
  const stop = new AbortController();
  const onBatch = (progress: PurgeProgress) => {
    seen.push(progress);
    if (seen.length === 2) stop.abort();
  };
  const first = await purge({ signal: stop.signal, onBatch });
  assert.is(first.outcome, "continue");
  assert.is(seen.length, 2);
  assert.is(first.done, seen[1]?.done);
  assert.is(await count(GONE), 60_000 - first.done);

  const second = await purge({ before: first, onBatch });
  assert.equal(second, { outcome: "done", done: 60_000, total: 60_000 });
  const dones = seen.map(({ done }) => done);
  assert.equal(
    dones,
    dones.toSorted((a, b) => a - b),
  );
});

test("when the time is up, another job must go on", async () => {
  await fill(60_000, 1);
  const result = await purge({ budgetMs: 1 });
  assert.is(result.outcome, "continue");
  assert.is(await count(GONE), 60_000 - result.done);
});

test("a deadlock or a serialization failure costs the batch another try", async () => {
  await fill(30_000, 1);
  const failures = ["40P01", "40001", "55P03"];
  const result = await purge({
    transaction: async (work) => {
      const code = failures.pop();
      if (code !== undefined)
        throw new Error("the batch was rolled back", { cause: Object.assign(new Error(), { code }) });
      return transaction(work);
    },
  });
  assert.equal(result, { outcome: "done", done: 30_000, total: 30_000 });
});

test("any other failure ends it, with no batch half done and no connection lost", async () => {
  await fill(60_000, 1);
  let done = 0;
  const lost = purge({
    onBatch: (progress) => {
      if (done > 0) throw new Error("the lease is lost");
      done = progress.done;
    },
  });
  await lost.then(
    () => assert.unreachable(),
    (error) => assert.is(error.message, "the lease is lost"),
  );
  assert.is(await count(GONE), 60_000 - done);
  assert.is(pool.idleCount, pool.totalCount);
});

test("a lost connection ends it, and it goes on from there", async () => {
  await fill(60_000, 1);
  let done = 0;
  const broken = purge({
    onBatch: async (progress) => {
      if (progress.done > 10_000)
        await database.pool.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'purge' and datname = current_database()",
        );
      else done = progress.done;
    },
  });
  await broken.then(
    () => assert.unreachable(),
    () => undefined,
  );
  assert.is(await count(GONE), 60_000 - done);
  assert.equal(await purge({ before: { done, total: null } }), { outcome: "done", done: 60_000, total: 60_000 });
});

test.run();
