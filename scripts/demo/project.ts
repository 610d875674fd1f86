// A project with some dozens of members, from provisioning to active.
import { findRun, followRun } from "./runs.ts";
import type { Stage } from "./stage.ts";

const MEMBERS = 48;

const INSERT_PROJECT = `
with project as (
  insert into app_public.projects (name, created_by) values ($1, $2) returning id, status
),
members as (
  insert into app_public.project_members (project_id, user_id) select p.id, u.id from project p, unnest($3::uuid[]) as u (id)
)
select id, status from project`;

/** Shows a project of `owner` with members out of `crowd`; returns its id. */
export async function showProject(stage: Stage, owner: string, crowd: readonly string[]): Promise<string> {
  console.log(`\n3. A project with ${MEMBERS} participants`);
  const begunAt = performance.now();
  const { rows } = await stage.pool.query<{ id: string; status: string }>(INSERT_PROJECT, [
    `Demo ${stage.suffix}`,
    owner,
    crowd.slice(0, MEMBERS),
  ]);
  const [project] = rows;
  if (project === undefined) throw new Error("the insert returned no project");
  console.log(`   inserted in ${(performance.now() - begunAt).toFixed(0)} ms, status ${project.status}`);
  const runId = await findRun(stage, "project_provisioning", project.id);
  const { seconds } = await followRun(stage, "at the cloud", runId, "steps (project, owner, members)");
  const { rows: after } = await stage.pool.query<{ status: string }>(
    "select status from app_public.projects where id = $1",
    [project.id],
  );
  console.log(`   status ${after[0]?.status} after ${seconds.toFixed(1)} s`);
  return project.id;
}
