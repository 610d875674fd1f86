// GraphQL over HTTP as its specification has it, by the audit suite of graphql-http. No MUST may fail; what else is not kept is listed
// here and explained in docs/decisions/graphql-over-http.md.
import { auditServer } from "graphql-http";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startApi, type TestApi, token } from "../../helpers/api.ts";

const test = suite("GraphQL over HTTP");
let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after(() => api.close());

/** By the ids of the audits. */
const NOT_KEPT: readonly string[] = ["47DE", "5A70", "6A70", "80D8", "D6D5"];

test("every MUST is kept, and of the others all but the known ones", async () => {
  const authorization = `Bearer ${await token("admin")}`;
  const results = await auditServer({
    url: `${api.url}/graphql`,
    fetchFn: (url: string, init: RequestInit) =>
      fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), authorization } }),
  });
  const failed = results.filter(({ status }) => status !== "ok");
  assert.equal(
    failed.filter(({ status }) => status === "error").map(({ id, name }) => `${id} ${name}`),
    [],
  );
  assert.equal(failed.map(({ id }) => id).sort(), NOT_KEPT);
  assert.ok(results.length > 50);
});

test.run();
