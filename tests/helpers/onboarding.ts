// What tests of onboarding do and look at: users with and without what signup gives them, and the ways to onboard them.
import { asUser, createDatabase, type TestDatabase } from "./database.ts";

export const MODEL = "test-model";
export const ALL = ["Personal", "Getting Started", "Welcome", "Quick Start Guide", "Sample FAQ", "Personal Assistant"];

/** The test file's, from `openDatabase` on. */
export let database: TestDatabase;
let count = 0;

export async function openDatabase(): Promise<void> {
  database = await createDatabase();
}

export interface Ensured {
  run_id: string | null;
  run_status: string | null;
  missing: string[];
  error_code: string | null;
  error_message: string | null;
  retry_ms: number | null;
}

export const OF_USER = "join app_public.spaces s on s.id = space_id where s.owner_id = $1";
export const FROM_DOCUMENTS = `from app_public.documents d join app_public.notebooks n on n.id = d.notebook_id ${OF_USER}`;

export async function rows<Row extends object = Record<string, unknown>>(
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  return (await database.pool.query<Row>(text, values)).rows;
}

export async function insert(text: string, values: unknown[]): Promise<string> {
  const [row] = await rows<{ id: string }>(text, values);
  return row?.id ?? "";
}

export function signUp(): Promise<string> {
  return insert("insert into app_public.users (username) values ($1) returning id", [`user ${count++}`]);
}

/** As before there were triggers. */
export async function insertBare(): Promise<string> {
  const id = await insert("with t as (select gen_random_uuid() as id) select id from t", []);
  await database.pool.query(
    `alter table app_public.users disable trigger user; insert into app_public.users (id, username) values ('${id}', 'bare ${count++}'); alter table app_public.users enable trigger user`,
  );
  return id;
}

export async function onboard(...ids: string[]): Promise<void> {
  await database.pool.query("select app_private.onboard_users($1, $2)", [ids, MODEL]);
}

export async function missing(id: string): Promise<string[]> {
  const [row] = await rows<{ missing: string[] }>("select app_private.onboarding_missing($1) as missing", [id]);
  return row?.missing ?? [];
}

export async function counts(id: string | undefined): Promise<unknown> {
  const [row] = await rows(
    `select (select count(*)::int from app_public.spaces where owner_id = $1) as spaces,
       (select count(*)::int from app_public.notebooks n ${OF_USER}) as notebooks,
       (select count(*)::int ${FROM_DOCUMENTS}) as documents,
       (select count(*)::int from app_public.agents a ${OF_USER}) as agents,
       (select count(*)::int from app_private.onboarding_made where user_id = $1) as made`,
    [id],
  );
  return row;
}

/** As the server does it for the user themself. */
export function ensure(id: string, timeoutMs = 10_000): Promise<Ensured | undefined> {
  return ensureAs(id, "user", undefined, timeoutMs);
}

export function ensureAs(
  sub: string,
  role: "user" | "admin",
  id?: string,
  timeoutMs = 10_000,
): Promise<Ensured | undefined> {
  return asUser(database.apiPool, sub, role, async (client) => {
    await client.query(`set local statement_timeout = ${timeoutMs}`);
    const { rows: found } = await client.query<Ensured>("select * from app_public.ensure_onboarded_now($1, $2)", [
      MODEL,
      id,
    ]);
    return found[0];
  });
}

export function trigger(id?: string): Promise<object & { runs: number }> {
  return asUser(database.apiPool, "", "admin", async (client) => {
    const { rows: found } = await client.query("select * from app_public.trigger_onboarding($1)", [id]);
    return found[0];
  });
}

export async function begin(id: string, name: string): Promise<{ step_id: string; lease: number } | undefined> {
  const [begun] = await rows<{ step_id: string; lease: number }>(
    `select b.step_id, b.lease from steward.steps s join steward.runs r on r.id = s.run_id, steward_private.begin_steps(array[s.id], null) b
     where r.owner_id = $1 and s.name = $2`,
    [id, name],
  );
  return begun;
}

export async function succeed(id: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    const begun = await begin(id, name);
    await database.pool.query("select steward_private.succeed_steps($1, $2)", [[begun?.step_id], [begun?.lease]]);
  }
}

export async function failForGood(id: string): Promise<void> {
  const begun = await begin(id, "onboard");
  await database.pool.query("select steward_private.fail_step($1, $2, 'never', 'ST403', 'It failed.')", [
    begun?.step_id,
    begun?.lease,
  ]);
}

export async function withoutTemplate(title: string, work: () => Promise<void>): Promise<void> {
  const [row] = await rows<{ body: string }>(
    "delete from app_private.document_templates where title = $1 returning body",
    [title],
  );
  try {
    await work();
  } finally {
    await database.pool.query("insert into app_private.document_templates values ($1, $2)", [title, row?.body]);
  }
}

export async function failure(promise: Promise<unknown>): Promise<{ code?: string; message: string }> {
  const error = await promise.then(
    () => new Error("it did not fail"),
    (err: unknown) => err,
  );
  return error as Error;
}
