// A step may run against one of several services of a kind: a function of the application chooses its lane by subject, item and input.
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { code } from "../helpers/sql-error.ts";

const test = suite("lane choice");
let database: TestDatabase;
let db: pg.Pool;

test.before(async () => {
  database = await createDatabase();
  db = database.pool;
  await db.query(`
    insert into steward.lanes (name) values ('north'), ('south');
    create function app_private.pick_lanes(subject_ids text[], items text[], inputs jsonb[]) returns text[]
    language sql set search_path = pg_catalog, pg_temp
    as 'select array_agg(coalesce(u.item, u.input ->> ''lane'') order by u.position)
      from unnest(subject_ids, items, inputs) with ordinality as u (subject_id, item, input, position)';
    select steward.define_lifecycle('choosing', 'For a test.', '{
      "first": {"lane_by": "app_private.pick_lanes"},
      "each": {"lane_by": "app_private.pick_lanes", "batch": true, "after": "first"},
      "fixed": {}
    }')`);
});
test.after(() => database.close());

test("each step is in the lane that was chosen for it; where none is there, in its definition's", async () => {
  const inputs = ["north", "south", "nowhere", undefined].map((lane) => JSON.stringify({ lane }));
  const subjects = inputs.map(() => randomUUID());
  const { rows } = await db.query<{ ids: string[] }>(
    "select steward.start_runs('choosing', 'app_public.users', $1, null, null, $2) as ids",
    [subjects, inputs],
  );
  const runs = rows[0]?.ids ?? [];
  const lanes = await lanesOf(runs);
  assert.equal(
    lanes.map(({ first }) => first),
    [["north"], ["south"], ["database"], ["database"]],
  );
  assert.equal(lanes[0]?.["fixed"], ["database"]);

  const [run] = runs;
  await db.query("select steward.request_steps($1, 'each', $2)", [
    [run, run],
    ["south", "nowhere"],
  ]);
  assert.equal((await lanesOf(runs))[0]?.["each"], ["database", "south"]);
  // The lane came later: what is asked for again goes there.
  await db.query("insert into steward.lanes (name) values ('nowhere')");
  await db.query("update steward.steps set status = 'succeeded' where run_id = $1 and name = 'each'", [run]);
  await db.query("select steward.request_steps($1, 'each', '{nowhere}')", [[run]]);
  assert.equal((await lanesOf(runs))[0]?.["each"], ["nowhere", "south"]);
});

test("what was started in bulk waits in the chosen lane's backlog", async () => {
  const subjects = Array.from({ length: 50 }, () => randomUUID());
  const inputs = subjects.map(() => '{"lane": "south"}');
  await db.query("select steward.start_runs('choosing', 'app_public.users', $1, null, null, $2)", [subjects, inputs]);
  const { rows } = await db.query("select from steward.steps where is_backlog and lane = 'south' and name = 'first'");
  assert.is(rows.length, 50);
});

test("a function that does not fit is refused when the lifecycle is defined", async () => {
  const define = (name: string) =>
    db.query("select steward.define_lifecycle('choosing', 'For a test.', $1)", [
      JSON.stringify({ a: { lane_by: name } }),
    ]);
  assert.is(await code(define("app_private.nobody")), "ST420");
  assert.is(await code(define("app_private.is_admin")), "ST420");
});

test.run();

/** Of each run, in this order: its steps' lanes by the step's name. */
async function lanesOf(runIds: readonly string[]): Promise<Record<string, string[]>[]> {
  const { rows } = await db.query<{ lanes: Record<string, string[]> }>(
    `select jsonb_object_agg(s.name, s.lanes order by s.name) as lanes
     from unnest($1::uuid[]) with ordinality as r (id, position)
     cross join lateral (
       select name, array_agg(lane order by lane) as lanes from steward.steps where run_id = r.id group by name
     ) s
     group by r.id, r.position order by r.position`,
    [runIds],
  );
  return rows.map(({ lanes }) => lanes);
}
