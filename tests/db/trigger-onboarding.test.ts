// triggerOnboarding: an administrator starts again what a user lacks.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asUser } from "../helpers/database.ts";
import {
  database,
  ensure,
  failForGood,
  failure,
  insertBare,
  openDatabase,
  rows,
  signUp,
  succeed,
  trigger,
} from "../helpers/onboarding.ts";

const test = suite("triggerOnboarding");

test.before(openDatabase);
test.after(() => database.close());

test("starts what is lacking, retries what failed, leaves what is open or complete", async () => {
  await database.pool.query("truncate app_public.users cascade");
  const bare = await insertBare();
  const failed = await signUp();
  await succeed(failed, "drive_account", "drive_cleanup");
  await failForGood(failed);
  const open = await signUp();
  const cancelled = await signUp();
  await database.pool.query(
    "select steward_private.cancel_runs(array(select id from steward.runs where owner_id = $1))",
    [cancelled],
  );
  const complete = await signUp();
  await completeSignup(complete);

  const outcome = await trigger();
  assert.equal(outcome, { run_id: null, runs: 2, has_more: false });
  assert.is((await runStatuses(bare)).join(), "pending");
  assert.is((await runStatuses(failed)).join(), "running");
  assert.is((await runStatuses(open)).join(), "pending");
  assert.is((await runStatuses(cancelled)).join(), "cancelled");
  assert.is((await runStatuses(complete)).join(), "succeeded");
  assert.equal(await trigger(), { run_id: null, runs: 0, has_more: false });
  assert.is((await trigger(cancelled))?.runs, 1);
  assert.is((await trigger(cancelled))?.runs, 0);
  assert.is((await trigger(complete))?.runs, 0);
});

test("a user who lacks a piece although their run succeeded gets a new run", async () => {
  const id = await signUp();
  await completeSignup(id);
  await database.pool.query("delete from app_private.onboarding_made where user_id = $1 and piece = 'Sample FAQ'", [
    id,
  ]);
  await database.pool.query(
    "delete from app_public.documents d using app_public.notebooks n, app_public.spaces s where n.id = d.notebook_id and s.id = n.space_id and s.owner_id = $1 and d.title = 'Sample FAQ'",
    [id],
  );
  assert.is((await trigger(id))?.runs, 1);
  assert.equal((await ensure(id))?.missing, []);
  assert.equal(await runStatuses(id), ["succeeded", "running"]);
});

test("for admins only; ST207 for nobody", async () => {
  const id = await signUp();
  const refused = await failure(
    asUser(database.apiPool, id, "user", (client) => client.query("select app_public.trigger_onboarding($1)", [id])),
  );
  assert.is(refused.code, "42501");
  assert.is((await failure(trigger("8b1f1f52-0000-4000-8000-000000000000"))).code, "ST207");
});

async function runStatuses(id: string): Promise<string[]> {
  const found = await rows<{ status: string }>(
    "select status from steward.runs where owner_id = $1 order by created_at",
    [id],
  );
  return found.map(({ status }) => status);
}

async function completeSignup(id: string): Promise<void> {
  await ensure(id);
  await succeed(id, "drive_account", "drive_cleanup");
  await database.pool.query(
    "insert into app_public.drive_accounts (user_id, external_id, status) values ($1::uuid, $1::text, 'active')",
    [id],
  );
}

test.run();
