// Who may do what to whom in a project: the table of docs/api.md, played by people who are in the project for any reasons at all.
import fc from "fast-check";
import pg from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { undone } from "../helpers/logins.ts";
import { code } from "../helpers/sql-error.ts";

const test = suite("rights between members");
let database: TestDatabase;
let client: pg.Client;
let people: string[];

test.before(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.superuserUrl });
  await client.connect();
  const { rows } = await client.query<{ id: string }>(
    "insert into app_public.users (username) select 'person-' || n from generate_series(1, 6) n returning id",
  );
  people = rows.map(({ id }) => id);
});
test.after(async () => {
  await client.end();
  await database.close();
});

const ROLES = ["owner", "admin", "member", "viewer"] as const; // the highest first
type Role = (typeof ROLES)[number];
const ADMINISTRATOR = -1;
const NOBODY = 5; // the last of the people is in no project

/** Why somebody is in the project. */
interface Reasons {
  participant: Role | null;
  readonly inTenant: boolean;
  readonly isAdmin: boolean;
}

interface Project {
  readonly creator: number | null;
  readonly reasons: Reasons[];
}

type Action =
  | { readonly name: "add"; readonly actor: number; readonly targets: readonly number[]; readonly role: Role }
  | { readonly name: "remove"; readonly actor: number; readonly target: number }
  | {
      readonly name: "suspend" | "resume" | "delete" | "retry" | "cancel" | "cancelSuspension";
      readonly actor: number;
    };

const role = fc.constantFrom(...ROLES);
const person = fc.integer({ min: 0, max: 5 });
const actor = fc.oneof({ weight: 6, arbitrary: person }, { weight: 1, arbitrary: fc.constant(ADMINISTRATOR) });

const project: fc.Arbitrary<Project> = fc.record({
  creator: fc.option(fc.integer({ min: 0, max: 4 })),
  reasons: fc.array(
    fc.record({
      participant: fc.option(role),
      inTenant: fc.boolean(),
      isAdmin: fc.nat(4).map((n) => n === 0),
    }),
    { minLength: 5, maxLength: 5 },
  ),
});

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    name: fc.constant("add" as const),
    actor,
    targets: fc.uniqueArray(person, { minLength: 1, maxLength: 3 }),
    role,
  }),
  fc.record({ name: fc.constant("remove" as const), actor, target: person }),
  fc.record({
    name: fc.constantFrom(...(["suspend", "resume", "delete", "retry", "cancel", "cancelSuspension"] as const)),
    actor,
  }),
);

test("every action of anybody upon anybody does what the table says, and nothing else", () =>
  fc.assert(
    fc.asyncProperty(project, fc.array(action, { minLength: 1, maxLength: 12 }), async (given, actions) => {
      const model: Project = { creator: given.creator, reasons: given.reasons.map((reasons) => ({ ...reasons })) };
      model.reasons.push({ participant: null, inTenant: false, isAdmin: false });
      await undone(client, async () => {
        const id = await make(model);
        assert.equal(await rolesOf(id), rolesIn(model), "as it begins");
        for (const each of actions) {
          const owners = everybody.filter((who) => roleIn(model, who) === "owner");
          const expected = answerOf(model, each);
          assert.is(await perform(id, each), expected, JSON.stringify({ action: each, roles: rolesIn(model) }));
          if (expected === undefined) apply(model, each);
          assert.equal(await rolesOf(id), rolesIn(model), JSON.stringify(each));
          if (each.actor === ADMINISTRATOR || owners.includes(each.actor)) continue;
          for (const owner of owners) assert.is(roleIn(model, owner), "owner", "only an owner makes an owner less");
        }
      });
    }),
    { numRuns: 80 },
  ));

const everybody = [0, 1, 2, 3, 4, NOBODY];

function roleIn({ creator, reasons }: Project, who: number): Role | undefined {
  const of = reasons[who];
  return ROLES.find(
    (each) =>
      of?.participant === each ||
      (each === "owner" && creator === who) ||
      (each === "admin" && of?.isAdmin) ||
      (each === "viewer" && of?.inTenant),
  );
}

const rolesIn = (model: Project) => everybody.map((who) => roleIn(model, who) ?? "none");
const rank = (each: Role | undefined) => (each === undefined ? ROLES.length : ROLES.indexOf(each));

/** The table: undefined where the action is allowed. */
function answerOf(model: Project, action: Action): string | undefined {
  const isAdministrator = action.actor === ADMINISTRATOR;
  const mine = isAdministrator ? undefined : roleIn(model, action.actor);
  const may = (...roles: Role[]) => isAdministrator || (mine !== undefined && roles.includes(mine));
  const isHidden = !isAdministrator && mine === undefined;
  switch (action.name) {
    case "add": {
      if (isHidden) return "ST309";
      if (!may("owner", ...(action.role === "owner" ? [] : (["admin"] as const)))) return "ST102";
      return isAdministrator ? undefined : answerOfRank(model, mine, action.targets, action.role);
    }
    case "remove": {
      if (isHidden) return "ST309";
      if (!may("owner", "admin") && action.actor !== action.target) return "ST102";
      if (roleIn(model, action.target) === undefined) return "ST308";
      const refused = isAdministrator ? undefined : answerOfRank(model, mine, [action.target], null);
      return refused ?? (model.reasons[action.target]?.participant ? undefined : "ST312");
    }
    case "retry":
    case "cancel":
      return isHidden ? "ST110" : may("owner", "admin") ? undefined : "ST102";
    case "cancelSuspension":
      return isHidden ? "ST110" : may("owner") ? undefined : "ST102";
    case "suspend":
    case "resume":
    case "delete":
      return isHidden ? "ST309" : may("owner") ? undefined : "ST102";
  }
}

/** Nobody touches somebody above themselves; an owner is left. */
function answerOfRank(model: Project, mine: Role | undefined, targets: readonly number[], given: Role | null) {
  if (targets.some((who) => rank(roleIn(model, who)) < rank(mine))) return "ST102";
  const stays = (who: number) => !targets.includes(who) || who === model.creator;
  const owners = everybody.filter((who) => roleIn(model, who) === "owner");
  const isTouched = owners.some((who) => targets.includes(who));
  return given !== "owner" && isTouched && !owners.some(stays) ? "ST313" : undefined;
}

function apply(model: Project, action: Action): void {
  const targets = action.name === "add" ? action.targets : action.name === "remove" ? [action.target] : [];
  for (const target of targets) {
    const reasons = model.reasons[target];
    if (reasons) reasons.participant = action.name === "add" ? action.role : null;
  }
}

/** The project, with everybody in it for their reasons. */
async function make({ creator, reasons }: Project): Promise<string> {
  const ids = (whose: (each: Reasons) => boolean) => people.filter((_, who) => reasons[who] && whose(reasons[who]));
  await client.query("update app_public.users set role = 'admin' where id = any ($1)", [ids((each) => each.isAdmin)]);
  const { rows } = await client.query<{ id: string }>(
    `with tenant as (insert into app_public.tenants (name) values ('tenant') returning id)
     insert into app_public.projects (name, tenant_id, created_by) select 'project', id, $1 from tenant returning id`,
    [creator === null ? null : people[creator]],
  );
  const id = String(rows[0]?.id);
  await client.query(
    "insert into app_public.tenant_members select p.tenant_id, unnest($2::uuid[]) from app_public.projects p where p.id = $1",
    [id, ids((each) => each.inTenant)],
  );
  for (const each of ROLES) {
    await client.query(
      "insert into app_public.project_members (project_id, user_id, role) select $1, unnest($2::uuid[]), $3",
      [id, ids(({ participant }) => participant === each), each],
    );
  }
  return id;
}

async function rolesOf(projectId: string): Promise<string[]> {
  const { rows } = await client.query<{ user_id: string; role: string }>(
    "select user_id, role from app_public.project_members where project_id = $1",
    [projectId],
  );
  return people.map((id) => rows.find((row) => row.user_id === id)?.role ?? "none");
}

/** Does it as the API does, and returns the error. What is not about members is undone again. */
async function perform(projectId: string, action: Action): Promise<string | undefined> {
  await client.query("savepoint before_it");
  if (action.name === "cancelSuspension") await client.query("select app_public.suspend_project($1)", [projectId]);
  if (action.name === "retry")
    await client.query(`select steward_private.cancel_runs(array(${RUN("project_provisioning")}))`, [projectId]);
  const call = callOf(projectId, action, await runOf(projectId, action));
  await client.query(`set local role steward_${action.actor === ADMINISTRATOR ? "admin" : "user"}`);
  await client.query("select set_config('jwt.claims.sub', $1, true)", [people[action.actor] ?? ""]);
  const answer = await code(client.query(...call));
  const isToStay = answer === undefined && (action.name === "add" || action.name === "remove");
  await client.query(`${isToStay ? "release" : "rollback to"} savepoint before_it; reset role`);
  return answer;
}

const RUN = (kind: string) => `select id from steward.runs where scope_id = $1 and kind = '${kind}'`;

async function runOf(projectId: string, { name }: Action): Promise<string | undefined> {
  if (name !== "retry" && name !== "cancel" && name !== "cancelSuspension") return undefined;
  const { rows } = await client.query<{ id: string }>(
    RUN(name === "cancelSuspension" ? "project_state" : "project_provisioning"),
    [projectId],
  );
  return rows[0]?.id;
}

function callOf(projectId: string, action: Action, runId: string | undefined): [string, unknown[]] {
  switch (action.name) {
    case "add":
      return [
        "select app_public.add_project_members($1, $2, $3)",
        [projectId, action.targets.map((who) => people[who]), action.role],
      ];
    case "remove":
      return ["select app_public.remove_project_member($1, $2)", [projectId, people[action.target]]];
    case "retry":
      return ["select steward.retry_run($1)", [runId]];
    case "cancel":
    case "cancelSuspension":
      return ["select steward.cancel_run($1)", [runId]];
    case "suspend":
    case "resume":
    case "delete":
      return [`select app_public.${action.name}_project($1)`, [projectId]];
  }
}

test.run();
