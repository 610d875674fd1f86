// Who plays in tests of privacy: two users with nothing in common, each with something in every table.
import type pg from "pg";

/** A subject whom nobody knows. */
export const STRANGER = "00000000-0000-4000-8000-000000000000";

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly projectId: string;
  readonly tenantId: string;
  readonly runId: string;
  readonly projectRunId: string;
}

export interface Cast {
  readonly ada: Person;
  readonly bob: Person;
}

export async function castOf(pool: pg.Pool): Promise<Cast> {
  return { ada: await play(pool, "ada"), bob: await play(pool, "bob") };
}

async function play(pool: pg.Pool, username: string): Promise<Person> {
  const one = async (sql: string, values: readonly unknown[]): Promise<string> => {
    const { rows } = await pool.query<{ id: string }>(sql, [...values]);
    const [row] = rows;
    if (!row) throw new Error(`nothing was returned by ${sql}`);
    return row.id;
  };
  const id = await one(
    "insert into app_public.users (username, email, display_name) values ($1, $1 || '@example.test', $1) returning id",
    [username],
  );
  await pool.query("insert into app_public.drive_accounts (user_id, external_id) values ($1, 'sd_' || $2)", [
    id,
    username,
  ]);
  const space = await one(
    "insert into app_public.spaces (owner_id, name) values ($1, $2 || '''s space') returning id",
    [id, username],
  );
  const notebook = await one(
    "insert into app_public.notebooks (space_id, name) values ($1, $2 || '''s notebook') returning id",
    [space, username],
  );
  await pool.query("insert into app_public.documents (notebook_id, title, body) values ($1, $2, $2 || '''s text')", [
    notebook,
    username,
  ]);
  const agent = await one(
    "insert into app_public.agents (space_id, name, type, model) values ($1, $2 || '''s agent', 'qa', 'model') returning id",
    [space, username],
  );
  await pool.query("insert into app_public.agent_notebooks (agent_id, notebook_id) values ($1, $2)", [agent, notebook]);
  await pool.query("insert into app_public.labels (user_id, label_key, label_value) values ($1, 'colour', $2)", [
    id,
    username,
  ]);
  const tenantId = await one("insert into app_public.tenants (name) values ($1 || '''s tenant') returning id", [
    username,
  ]);
  await pool.query("insert into app_public.tenant_members (tenant_id, user_id) values ($1, $2)", [tenantId, id]);
  const projectId = await one(
    "insert into app_public.projects (name, tenant_id, created_by) values ($1 || '''s project', $2, $3) returning id",
    [username, tenantId, id],
  );
  await pool.query(
    `insert into app_public.differences (run_id, user_id, provider, part, what, expected, found, remedy)
     values (gen_random_uuid(), $1, 'drive', 'drive_account', 'name', 'a', 'b', 'none')`,
    [id],
  );
  const runId = await one("select id from steward.runs where owner_id = $1 and kind = 'user_signup'", [id]);
  const projectRunId = await one("select id from steward.runs where scope_id = $1 and kind = 'project_provisioning'", [
    projectId,
  ]);
  return { id, username, projectId, tenantId, runId, projectRunId };
}
