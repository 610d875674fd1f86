// Who is an administrator in SQL: those who were made so, by membership of steward_admin or by owning the database. Nobody else, whatever
// they claim. Each case is a login of its own, because the one that a test has otherwise owns everything.
import type pg from "pg";
import { withClient } from "steward/migrate/connect";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Cast, castOf } from "../helpers/cast.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { undone, withLogin } from "../helpers/logins.ts";
import { code } from "../helpers/sql-error.ts";

const test = suite("administrators");
let database: TestDatabase;
let cast: Cast;

test.before(async () => {
  database = await createDatabase();
  cast = await castOf(database.pool);
});
test.after(() => database.close());

const USAGE = "grant usage on schema app_public, steward to LOGIN";
const EXECUTE = "grant execute on all functions in schema app_public, steward to LOGIN";
const CLAIMS =
  "select set_config('jwt.claims.role', 'admin', true), set_config('jwt.claims.steward_role', 'steward_admin', true)";

interface Case {
  readonly attributes?: string;
  readonly rights?: readonly string[];
  /** What the session says first. */
  readonly first?: string;
}

const ADMINISTRATORS: Readonly<Record<string, Case>> = {
  "a login in steward_admin": { rights: ["grant steward_admin to LOGIN"] },
  "a login that takes the role": {
    attributes: "noinherit",
    rights: ["grant steward_admin to LOGIN"],
    first: "set local role steward_admin",
  },
  "a login in the owner's role": { rights: ["grant steward_owner to LOGIN"] },
  "a superuser": { attributes: "superuser" },
};

const OTHERS: Readonly<Record<string, Case>> = {
  "a login in steward_user": { rights: ["grant steward_user to LOGIN"] },
  "a login in steward_user that claims to be more": { rights: ["grant steward_user to LOGIN"], first: CLAIMS },
  "a login that takes the role of a user": {
    attributes: "noinherit",
    rights: ["grant steward_user to LOGIN"],
    first: "set local role steward_user",
  },
  "an administrator's login that takes the role of a user": {
    rights: ["grant steward_user, steward_admin to LOGIN"],
    first: "set local role steward_user",
  },
  "an owner's login that takes the role of a user": {
    rights: ["grant steward_owner, steward_user to LOGIN"],
    first: "set local role steward_user",
  },
  "a superuser that takes the role of a user": { attributes: "superuser", first: "set local role steward_user" },
  "a login that was granted the functions alone": { rights: [USAGE, EXECUTE] },
  "a login for reports that was granted the functions and the tables": {
    rights: [USAGE, EXECUTE, "grant select on all tables in schema app_public to LOGIN"],
    first: CLAIMS,
  },
  "a login that may write all tables": {
    rights: [USAGE, EXECUTE, "grant all on all tables in schema app_public to LOGIN"],
  },
  "a login that may create roles and read everything": {
    attributes: "createrole createdb",
    rights: [USAGE, EXECUTE, "grant pg_read_all_data, pg_monitor to LOGIN"],
  },
};

/** What only an administrator may do to a stranger: each call, and the error that others get. */
const CALLS: Readonly<Record<string, (person: Cast["ada"]) => readonly [string, string]>> = {
  deleteUser: ({ id }) => [`select app_public.delete_user('${id}')`, "ST207"],
  ensureOnboarded: ({ id }) => [`select app_public.ensure_onboarded_now('model', '${id}')`, "ST102"],
  createProject: ({ tenantId }) => [
    `select app_public.create_project('a project', '${tenantId}', null, null, null, null, false)`,
    "ST102",
  ],
  addProjectMembers: ({ id, projectId }) => [
    `select app_public.add_project_members('${projectId}', array['${id}']::uuid[], 'owner')`,
    "ST309",
  ],
  removeProjectMember: ({ id, projectId }) => [
    `select app_public.remove_project_member('${projectId}', '${id}')`,
    "ST309",
  ],
  suspendProject: ({ projectId }) => [`select app_public.suspend_project('${projectId}')`, "ST309"],
  resumeProject: ({ projectId }) => [`select app_public.resume_project('${projectId}')`, "ST309"],
  deleteProject: ({ projectId }) => [`select app_public.delete_project('${projectId}')`, "ST309"],
  cancelRun: ({ runId }) => [`select steward.cancel_run('${runId}')`, "ST110"],
  retryRun: ({ runId }) => [`select steward.retry_run('${runId}')`, "ST110"],
};

for (const [who, { first, ...login }] of Object.entries(ADMINISTRATORS)) {
  test(`${who} is an administrator`, () =>
    withLogin(database, login, async (client) => {
      assert.is(await attempt(client, first, `select app_public.delete_user('${cast.ada.id}')`), undefined);
      assert.is(await attempt(client, first, `select app_public.delete_project('${cast.ada.projectId}')`), undefined);
      assert.is(await attempt(client, first, "select app_public.create_user('eve', null, null)"), undefined);
    }));
}

for (const [who, { first, ...login }] of Object.entries(OTHERS)) {
  test(`${who} is none`, () =>
    withLogin(database, login, async (client) => {
      for (const [name, callOf] of Object.entries(CALLS)) {
        const [call, expected] = callOf(cast.ada);
        assert.is(await attempt(client, first, call), expected, name);
      }
    }));
}

test("the owner is an administrator", async () => {
  await withClient({ connectionString: database.ownerUrl }, async (client) => {
    assert.is(await attempt(client, undefined, `select app_public.delete_user('${cast.ada.id}')`), undefined);
  });
});

test("the API's login can do nothing before it takes a role", async () => {
  for (const callOf of Object.values(CALLS))
    assert.is(await code(database.apiPool.query(callOf(cast.ada)[0])), "42501");
});

test("whoever is called by an administrator's function is not one because of it", () =>
  withLogin(database, { attributes: "superuser" }, async (administrator) => {
    await administrator.query(`create schema host;
      create function host.remove(id uuid) returns uuid language sql security definer as 'select app_public.delete_user(id)'`);
    const rights = ["grant usage on schema host to LOGIN"];
    const call = `select host.remove('${cast.ada.id}')`;
    assert.is(await withLogin(database, { rights }, (client) => attempt(client, undefined, call)), "ST207");
  }));

test("what is for administrators alone is granted to nobody else", async () => {
  const { rows } = await database.pool.query<{ name: string }>(
    `select p.proname as name from pg_proc p
     where p.pronamespace = 'app_public'::regnamespace and has_function_privilege('steward_admin', p.oid, 'execute')
       and not has_function_privilege('steward_user', p.oid, 'execute')
     order by p.proname collate "C"`,
  );
  assert.equal(
    rows.map(({ name }) => name),
    [
      "add_tenant_members",
      "approve_removals",
      "create_tenant",
      "create_user",
      "remove_tenant_member",
      "resync",
      "trigger_onboarding",
    ],
  );
});

/** The error of a call in a transaction that is rolled back; undefined when it succeeds. */
function attempt(client: pg.ClientBase, first: string | undefined, call: string): Promise<string | undefined> {
  return undone(client, async () => {
    if (first !== undefined) await client.query(first);
    return code(client.query(call));
  });
}

test.run();
