// Bad input of every kind: a code, the field at fault, a sentence, and nothing half-written.
import { randomUUID } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startApi, type TestApi, token } from "../../helpers/api.ts";
import { type Cast, castOf } from "../../helpers/cast.ts";

const test = suite("bad input");
let api: TestApi;
let cast: Cast;
let ada: string;
let admin: string;

test.before(async () => {
  api = await startApi();
  cast = await castOf(api.database.pool);
  await api.database.pool.query(
    "insert into app_private.cloud_regions (provider, region) values ('openstack', 'RegionOne')",
  );
  ada = await token("user", cast.ada.id);
  admin = await token("admin");
});
test.after(() => api.close());

type Case = readonly [
  what: string,
  who: () => string,
  mutation: string,
  input: () => Record<string, unknown>,
  code: string,
  field: string | undefined,
];

const asAdmin = () => admin;
const asAda = () => ada;
const LONG = "x".repeat(300);
const unknown = randomUUID();
const project = (extra: Record<string, unknown>) => () => ({ name: "new", ...extra });
const ids = (number: number) => Array.from({ length: number }, () => randomUUID());

const CASES: readonly Case[] = [
  ["a username that is taken", asAdmin, "createUser", () => ({ username: "ada" }), "ST201", "username"],
  [
    "an e-mail address that is taken",
    asAdmin,
    "createUser",
    () => ({ username: "new", email: "ada@example.test" }),
    "ST202",
    "email",
  ],
  ["an empty username", asAdmin, "createUser", () => ({ username: "" }), "ST203", "username"],
  ["a username of 300 characters", asAdmin, "createUser", () => ({ username: LONG }), "ST203", "username"],
  ["what is no e-mail address", asAdmin, "createUser", () => ({ username: "new", email: "nobody" }), "ST204", "email"],
  [
    "a display name of 300 characters",
    asAdmin,
    "createUser",
    () => ({ username: "new", displayName: LONG }),
    "ST205",
    "displayName",
  ],
  ["a null byte", asAdmin, "createUser", () => ({ username: "a\u0000b" }), "ST208", undefined],
  ["no username", asAdmin, "createUser", () => ({}), "ST109", "input"],
  ["a user who makes users", asAda, "createUser", () => ({ username: "new" }), "ST102", undefined],
  ["a user that does not exist", asAdmin, "deleteUser", () => ({ id: unknown }), "ST207", "id"],
  ["what is no uuid", asAdmin, "deleteUser", () => ({ id: "ada" }), "ST206", "id"],
  ["a tenant without a name", asAdmin, "createTenant", () => ({ name: "" }), "ST211", "name"],
  ["a tenant's name that is taken", asAdmin, "createTenant", () => ({ name: "ada's tenant" }), "ST212", "name"],
  [
    "a tenant's user that does not exist",
    asAdmin,
    "createTenant",
    () => ({ name: "new", userIds: [unknown] }),
    "ST308",
    "userIds",
  ],
  ["a user who makes tenants", asAda, "createTenant", () => ({ name: "new" }), "ST102", undefined],
  [
    "a tenant that does not exist",
    asAdmin,
    "addTenantMembers",
    () => ({ tenantId: unknown, userIds: [cast.ada.id] }),
    "ST303",
    "tenantId",
  ],
  ["a project without a name", asAda, "createProject", project({ name: "" }), "ST305", "name"],
  ["a project's name of 300 characters", asAda, "createProject", project({ name: LONG }), "ST305", "name"],
  [
    "a project's name that is taken",
    asAda,
    "createProject",
    () => ({ name: "ada's project", tenantId: cast.ada.tenantId }),
    "ST304",
    "name",
  ],
  ["an unknown tenant", asAdmin, "createProject", project({ tenantId: unknown }), "ST303", "tenantId"],
  [
    "another's tenant",
    asAda,
    "createProject",
    () => ({ name: "new", tenantId: cast.bob.tenantId }),
    "ST303",
    "tenantId",
  ],
  ["an unknown provider", asAda, "createProject", project({ provider: "nowhere" }), "ST301", "provider"],
  ["an unknown region", asAda, "createProject", project({ region: "Nowhere" }), "ST302", "region"],
  [
    "a description of 3000 characters",
    asAda,
    "createProject",
    project({ description: "x".repeat(3_000) }),
    "ST306",
    "description",
  ],
  ["20,000 members", asAda, "createProject", project({ memberIds: ids(20_000) }), "ST307", "memberIds"],
  ["a member that does not exist", asAda, "createProject", project({ memberIds: [unknown] }), "ST308", "memberIds"],
  ["a member's id that is no uuid", asAda, "createProject", project({ memberIds: ["x"] }), "ST206", "memberIds[0]"],
  ["a negative time to wait", asAda, "createProject", project({ waitMs: -1 }), "ST209", "waitMs"],
  ["a minute to wait", asAda, "createProject", project({ waitMs: 60_000 }), "ST209", "waitMs"],
  ["a minute to wait for onboarding", asAda, "ensureOnboarded", () => ({ waitMs: 60_000 }), "ST209", "waitMs"],
  [
    "a member of another's project",
    asAda,
    "addProjectMembers",
    () => ({ projectId: cast.bob.projectId, userIds: [cast.ada.id] }),
    "ST309",
    "projectId",
  ],
  [
    "a member who does not exist",
    asAda,
    "addProjectMembers",
    () => ({ projectId: cast.ada.projectId, userIds: [unknown] }),
    "ST308",
    "userIds",
  ],
  [
    "a role that does not exist",
    asAda,
    "addProjectMembers",
    () => ({ projectId: cast.ada.projectId, userIds: [cast.bob.id], role: "king" }),
    "ST109",
    "role",
  ],
  [
    "a member who is none",
    asAda,
    "removeProjectMember",
    () => ({ projectId: cast.ada.projectId, userId: cast.bob.id }),
    "ST308",
    "userId",
  ],
  [
    "the creator of a project",
    asAda,
    "removeProjectMember",
    () => ({ projectId: cast.ada.projectId, userId: cast.ada.id }),
    "ST312",
    "userId",
  ],
  ["another's project", asAda, "deleteProject", () => ({ id: cast.bob.projectId }), "ST309", "projectId"],
  ["a run that can not be retried", asAda, "retryRun", () => ({ id: cast.ada.runId }), "ST410", "id"],
  ["another's run", asAda, "cancelRun", () => ({ id: cast.bob.runId }), "ST110", "id"],
  [
    "a credential that is not there",
    asAda,
    "revealCredential",
    () => ({ projectId: cast.ada.projectId }),
    "ST311",
    "projectId",
  ],
];

for (const [what, who, mutation, input, code, field] of CASES) {
  test(`${what}: ${code}`, async () => {
    const before = await counts();
    const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`;
    const answer = await api.send(who(), `mutation ($input: ${type}) { ${mutation}(input: $input) { __typename } }`, {
      input: input(),
    });
    const [error] = answer.errors;
    assert.is(error?.extensions["code"], code, JSON.stringify(answer));
    assert.is(error?.extensions["field"], field);
    assert.match(error?.message ?? "", /[a-z]{2}/);
    assert.equal(await counts(), before);
  });
}

async function counts(): Promise<unknown> {
  const { rows } = await api.database.pool.query(
    `select (select count(*) from app_public.users) as users, (select count(*) from app_public.projects) as projects,
       (select count(*) from app_public.project_members) as members, (select count(*) from app_public.tenants) as tenants,
       (select count(*) from steward.runs) as runs, (select count(*) from steward.steps) as steps`,
  );
  return rows[0];
}

test("what one mutation of a document did stays when the next fails", async () => {
  const document =
    'mutation { a: createUser(input: { username: "first" }) { user { username } } b: createUser(input: { username: "ada" }) { user { username } } }';
  const { data, errors } = await api.send(admin, document);
  assert.equal(data, { a: { user: { username: "first" } }, b: null });
  assert.equal(
    errors.map(({ path }) => path),
    [["b"]],
  );
});

test.run();
