// The committed schema is the one that the database and our plugins make, and says what the design says.
import { readFileSync } from "node:fs";
import { buildSchema, parse, validate } from "graphql";
import { exportSchema } from "steward/graphql/export";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { graphqlApplication } from "../../../server/graphql/application.ts";
import { createDatabase, type TestDatabase } from "../../helpers/database.ts";

const test = suite("schema.graphql");
const committed = readFileSync("server/schema.graphql", "utf8");
let database: TestDatabase;

test.before(async () => {
  database = await createDatabase();
});
test.after(() => database.close());

test("is up to date (npm run verify writes it)", async () => {
  assert.ok(
    (await exportSchema(database.apiUrl, graphqlApplication)) === committed,
    "server/schema.graphql is out of date; run npm run verify",
  );
});

test("takes the documents that docs/api.md shows", () => {
  const shown = [...readFileSync("docs/api.md", "utf8").matchAll(/^```graphql\n(.*?)^```/gms)].map(
    ([, text]) => text ?? "",
  );
  assert.ok(shown.length > 0);
  for (const text of shown) assert.equal(validate(buildSchema(committed), parse(text)), [], text);
});

test("has the operations of the design, and no table CRUD", () => {
  const schema = buildSchema(committed);
  const names = (type: { getFields(): object } | null | undefined) => Object.keys(type?.getFields() ?? {}).sort();
  const queries = names(schema.getQueryType());
  for (const name of ["currentUser", "user", "users", "project", "projects", "run", "runs"])
    assert.ok(queries.includes(name), name);
  assert.equal(names(schema.getMutationType()), MUTATIONS);
  assert.equal(names(schema.getSubscriptionType()), ["overviewChanged", "projectChanged", "runChanged", "runsChanged"]);
});

const MUTATIONS = [
  "addProjectMembers",
  "addTenantMembers",
  "cancelRun",
  "cancelRuns",
  "createProject",
  "createTenant",
  "createUser",
  "deleteProject",
  "deleteUser",
  "ensureOnboarded",
  "pause",
  "releaseWorker",
  "removeProjectMember",
  "removeTenantMember",
  "reprioritiseRuns",
  "resumeProject",
  "resumeRuns",
  "resync",
  "retryRun",
  "retryRuns",
  "revealCredential",
  "suspendProject",
  "suspendRuns",
  "triggerOnboarding",
  "unpause",
];

test("shows nothing of what is private", () => {
  for (const word of ["sealed", "lease", "cloudCredential", "driveSecret", "participantRole", "workerId", "password"]) {
    assert.not.match(committed, new RegExp(`^ *\\w*(?<!re)${word}\\w*[(:]`, "im"), word);
  }
});

test.run();
