// Removes what the demo made, in the database and at the providers. So many deletions at once stop and ask (ST217); the accounts
// are the demo's own, so it answers itself, and says so.
import { follow } from "./bar.ts";
import { findRun, followRun } from "./runs.ts";
import type { Stage } from "./stage.ts";

const COUNT = `
select count(*) filter (where r.status = 'succeeded')::integer as done,
  coalesce(array_agg(r.id) filter (where r.status = 'failed' and r.error_code = 'ST217'), '{}') as asking,
  count(*) filter (where r.status = 'cancelled' or r.status = 'failed' and r.error_code is distinct from 'ST217')::integer as lost
from steward.runs r
where r.kind = 'user_deletion' and r.subject_table = 'app_public.users' and r.subject_id = any ($1)`;

interface Counts {
  readonly done: number;
  readonly asking: readonly string[];
  readonly lost: number;
}

const FIND_PROJECTS = "select id from app_public.projects where name = $1";
/** All names that the demo gives end with its suffix, but those of the crowd, which have a number behind it. */
const FIND_USERS = "select id from app_public.users where username ~ ('^(ada|grace|crowd)-' || $1 || '(-[0-9]+)?$')";

/** Shows it. */
export async function showRemoval(stage: Stage, project: string, users: readonly string[]): Promise<void> {
  console.log(`\n5. Removing what this demo made: the project and ${users.length} users`);
  await remove(stage, [project], users);
}

/** Removes what a demo that was stopped had made by then. Another Ctrl-C leaves the rest to the next worker. */
export async function removeRest(stage: Stage): Promise<void> {
  const calm: Stage = { ...stage, stopping: new AbortController().signal };
  const read = async (find: string, name: string) =>
    (await stage.pool.query<{ id: string }>(find, [name])).rows.map(({ id }) => id);
  const projects = await read(FIND_PROJECTS, `Demo ${stage.suffix}`);
  const users = await read(FIND_USERS, stage.suffix);
  if (projects.length + users.length === 0) return;
  console.log("Removing what it had made (Ctrl-C once more: the next worker does it):");
  await remove(calm, projects, users);
}

async function remove(stage: Stage, projects: readonly string[], users: readonly string[]): Promise<void> {
  const { pool, stopping } = stage;
  await pool.query("delete from app_public.projects where id = any ($1)", [projects]);
  for (const project of projects)
    await followRun(stage, "project", await findRun(stage, "project_deletion", project), "steps");
  await pool.query("delete from app_public.users where id = any ($1)", [users]);

  let isAnswered = false;
  await follow("users", stopping, async () => {
    const [counts] = (await pool.query<Counts>(COUNT, [users])).rows;
    if (counts === undefined || counts.lost > 0) throw new Error("some users were not removed: npx steward runs");
    if (counts.asking.length > 0) {
      if (!isAnswered) explainQuestion();
      isAnswered = true;
      await pool.query("select app_public.approve_removals($1)", [counts.asking]);
    }
    const note = `${counts.done} users with their accounts`;
    return { done: counts.done, total: users.length, note, isOver: counts.done === users.length };
  });
}

function explainQuestion(): void {
  console.log(`
   More than a tenth of all users deleted within a minute: before their accounts
   at the providers go, Steward asks whether that was meant (ST217). These
   accounts are the demo's own, so it says yes itself, for these runs only:
   select app_public.approve_removals(...)`);
}
