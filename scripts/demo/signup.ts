// One insert, and what is there at once and a moment later.
import { findRun, followRun } from "./runs.ts";
import type { Stage } from "./stage.ts";

const AT_ONCE = `
select c.balance, t.name as type, array(
  select f.name from app_public.user_type_features tf join app_public.features f on f.id = tf.feature_id
  where tf.user_type_id = t.id order by f.name
) as features
from app_public.user_credits c
join app_public.user_type_assignments a using (user_id)
join app_public.user_types t on t.id = a.user_type_id
where c.user_id = $1`;

const LATER = `
select s.name as space, n.name as notebook, g.name as agent, d.external_id as drive, d.files_removed as removed,
  (select count(*) from app_public.documents o where o.notebook_id = n.id) as documents
from app_public.spaces s
join app_public.notebooks n on n.space_id = s.id
join app_public.agents g on g.space_id = s.id
join app_public.drive_accounts d on d.user_id = s.owner_id
where s.owner_id = $1`;

/** Shows it; returns the new user's id. */
export async function showSignup(stage: Stage): Promise<string> {
  const name = `ada-${stage.suffix}`;
  console.log("\n1. One signup");
  console.log(`   insert into app_public.users (username, email)\n   values ('${name}', '${name}@example.test')`);
  const { id, atOnce, milliseconds } = await insertUser(stage, name);
  console.log(
    `   in its transaction, ${milliseconds.toFixed(1)} ms: ${atOnce.balance} credits, type ${atOnce.type},\n` +
      `   features ${atOnce.features.join(", ")}`,
  );
  const { seconds } = await followRun(stage, "what follows", await findRun(stage, "user_signup", id), "steps");
  const { rows } = await stage.pool.query<Later>(LATER, [id]);
  const [later] = rows;
  if (later === undefined) throw new Error("the run succeeded without what it was to make");
  console.log(
    `   after ${seconds.toFixed(2)} s: space ${later.space}, notebook ${later.notebook}, ${later.documents} documents,\n` +
      `   agent ${later.agent}, drive account without its ${later.removed} example files:\n   ${later.drive}`,
  );
  return id;
}

interface AtOnce {
  readonly balance: number;
  readonly type: string;
  readonly features: readonly string[];
}

interface Later {
  readonly space: string;
  readonly notebook: string;
  readonly agent: string;
  readonly drive: string;
  readonly removed: number;
  readonly documents: string;
}

/** Looks before it commits: what is seen was made by the insert itself. */
async function insertUser({ pool }: Stage, name: string) {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const begunAt = performance.now();
    const inserted = await client.query<{ id: string }>(
      "insert into app_public.users (username, email) values ($1, $2) returning id",
      [name, `${name}@example.test`],
    );
    const milliseconds = performance.now() - begunAt;
    const id = inserted.rows[0]?.id ?? "";
    const { rows } = await client.query<AtOnce>(AT_ONCE, [id]);
    await client.query("commit");
    if (rows[0] === undefined) throw new Error("the insert gave no credits");
    return { id, atOnce: rows[0], milliseconds };
  } finally {
    client.release();
  }
}
