// Two users who have nothing in common, and everything that the schema offers: nothing of the other's is ever shown or changed.
import fc from "fast-check";
import { declaredErrors } from "steward/errors";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Answer, startApi, type TestApi, token } from "../../helpers/api.ts";
import { type Cast, castOf, type Person } from "../../helpers/cast.ts";
import { everything, inputValue, randomQuery, requiredArguments, rootFields } from "../../helpers/documents.ts";

const test = suite("privacy");
/** Fields that are refused to everybody else. */
const FOR_ADMINISTRATORS = ["alerts", "audit"];
let api: TestApi;
let cast: Cast;
let ada: string;
let admin: string;

test.before(async () => {
  api = await startApi();
  cast = await castOf(api.database.pool);
  ada = await token("user", cast.ada.id);
  admin = await token("admin");
});
test.after(() => api.close());

/** Whatever is bob's names him, or one of his rows. */
function marksOf({ username, id, projectId, tenantId, runId, projectRunId }: Person): string[] {
  return [username, id, projectId, tenantId, runId, projectRunId];
}

function assertNothingOf(person: Person, answer: Answer, what: string): void {
  const text = JSON.stringify(answer.data ?? null);
  for (const mark of marksOf(person))
    assert.not.ok(text.includes(mark), `${what} shows ${mark}: ${text.slice(0, 500)}`);
}

/** Arguments that name what is this person's. */
function argumentsOf(field: ReturnType<typeof rootFields>[number], person: Person): Record<string, unknown> {
  return requiredArguments(field, (type, name) => valueFor(String(type), name, person));
}

function valueFor(type: string, name: string, person: Person): unknown {
  const ids: Record<string, string> = { projectId: person.projectId, tenantId: person.tenantId, runId: person.runId };
  if (type.startsWith("UUID")) return ids[name] ?? person.id;
  if (type.startsWith("BigInt")) return "1";
  if (type.startsWith("Int")) return 1;
  return name === "name" ? `${person.username}'s project` : person.username;
}

function call(
  field: ReturnType<typeof rootFields>[number],
  args: Record<string, unknown>,
): [string, Record<string, unknown>] {
  const definitions = field.args.filter(({ name }) => name in args).map(({ name, type }) => `$${name}: ${type}`);
  const given = field.args.filter(({ name }) => name in args).map(({ name }) => `${name}: $${name}`);
  const text = (list: string[]) => (list.length === 0 ? "" : `(${list.join(", ")})`);
  return [`${text(definitions)} { it: ${field.name}${text(given)} ${everything(field.type, 2)} }`, args];
}

for (const field of rootFields("query")) {
  test(`query ${field.name} shows a user nothing of another's, and an administrator all`, async () => {
    const [document, variables] = call(field, argumentsOf(field, cast.bob));
    const answer = await api.send(ada, `query ${document}`, variables);
    const codes = answer.errors.map(({ extensions }) => extensions["code"]);
    assert.equal(codes, FOR_ADMINISTRATORS.includes(field.name) ? ["ST102"] : [], JSON.stringify(answer.errors));
    assertNothingOf(cast.bob, answer, field.name);
    const all = await api.send(admin, `query ${document}`, variables);
    assert.equal(all.errors, []);
  });
}

for (const name of ["user", "project", "run", "tenant", "userByUsername", "projectByTenantIdAndName"] as const) {
  test(`query ${name} shows an administrator what is anybody's`, async () => {
    const field = rootFields("query").find((each) => each.name === name);
    if (!field) throw new Error(`there is no query ${name}`);
    const args = argumentsOf(field, cast.bob);
    const own: Record<string, string> = { project: cast.bob.projectId, run: cast.bob.runId, tenant: cast.bob.tenantId };
    if (name in own) args["id"] = own[name];
    const [document, variables] = call(field, args);
    assert.ok((await api.send(admin, `query ${document}`, variables)).data.it);
    assert.is((await api.send(ada, `query ${document}`, variables)).data.it, null);
  });
}

/** What a user may do for themself; bob's things in the same places are refused. */
const MAY = ["createProject", "ensureOnboarded"];

for (const field of rootFields("mutation")) {
  test(`mutation ${field.name} refuses what is another's, and changes nothing`, async () => {
    const before = await fingerprint();
    for (const idOf of [cast.bob.id, cast.bob.projectId, cast.bob.runId, cast.bob.projectRunId]) {
      const input = inputOf(field, cast.bob);
      if ("id" in input) input["id"] = idOf;
      if (field.name === "createProject") Object.assign(input, { tenantId: cast.bob.tenantId, name: "another" });
      const [document, variables] = call(field, { input });
      const answer = await api.send(ada, `mutation ${document}`, variables);
      if (MAY.includes(field.name) && answer.errors.length === 0) assertNothingOf(cast.bob, answer, field.name);
      else assert.ok(String(answer.errors[0]?.extensions["code"]).startsWith("ST"), JSON.stringify(answer));
      if (!MAY.includes(field.name)) assert.is(answer.data?.it ?? null, null, field.name);
    }
    assert.equal(await fingerprint(), before);
  });
}

function inputOf(field: ReturnType<typeof rootFields>[number], person: Person): Record<string, unknown> {
  const input = field.args.find(({ name }) => name === "input");
  if (!input) throw new Error(`${field.name} takes no input`);
  return inputValue(input.type, "input", (type, name) => valueFor(String(type), name, person)) as Record<
    string,
    unknown
  >;
}

/** Everything that is bob's, as it stands. */
async function fingerprint(): Promise<unknown> {
  const { rows } = await api.database.pool.query(
    `select (select json_agg(u order by u.id) from app_public.users u where u.id = $1::uuid) as users,
       (select json_agg(p order by p.id) from app_public.projects p where p.created_by = $1::uuid) as projects,
       (select json_agg(m order by m.project_id, m.user_id) from app_public.project_members m where m.project_id = $2) as members,
       (select json_agg(t order by t.user_id) from app_public.tenant_members t where t.tenant_id = $3) as tenant,
       (select json_agg(r order by r.id) from steward.runs r where r.owner_id = $1::text) as runs`,
    [cast.bob.id, cast.bob.projectId, cast.bob.tenantId],
  );
  return rows[0];
}

test("random documents: nobody's rows but one's own, no page beyond the bounds, no unknown error, none slow", async () => {
  const ids = [...marksOf(cast.ada), ...marksOf(cast.bob)].filter((mark) => mark.length === 36);
  await fc.assert(
    fc.asyncProperty(randomQuery(ids), fc.boolean(), async (document, asAdmin) => {
      const began = performance.now();
      const answer = await api.send(asAdmin ? admin : ada, document);
      assert.ok(performance.now() - began < 6_000, `slow: ${document}`);
      assert.ok([200, 400].includes(answer.status), `${answer.status}: ${document}`);
      for (const { extensions } of answer.errors) {
        const code = String(extensions["code"]);
        assert.ok(declaredErrors().has(code) && code !== "ST199", `${code}: ${document}`);
      }
      assertPages(answer.data);
      if (!asAdmin) assertNothingOf(cast.bob, answer, document);
    }),
    { numRuns: 300 },
  );
});

function assertPages(value: unknown): void {
  if (Array.isArray(value)) assert.ok(value.length <= 100);
  if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) assertPages(inner);
}

test.run();
