// What is not yours is not told, neither by an error nor by what is missing.
import { randomBytes, randomUUID } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startApi, type TestApi, token } from "../../helpers/api.ts";
import { type Cast, castOf } from "../../helpers/cast.ts";
import { waitFor } from "../../helpers/database.ts";
import { startServer } from "../../helpers/server.ts";

const test = suite("what is not told");
let api: TestApi;
let cast: Cast;

test.before(async () => {
  api = await startApi();
  cast = await castOf(api.database.pool);
});
test.after(() => api.close());

const makeProject = async (person: string, name: string) =>
  api.send(
    await token("user", person),
    "mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { name } } }",
    { input: { name } },
  );

test("what others call their projects: everybody's names are their own", async () => {
  assert.equal((await makeProject(cast.ada.id, "Apollo")).errors, []);
  assert.equal((await makeProject(cast.bob.id, "Apollo")).errors, []);
  const again = await makeProject(cast.bob.id, "Apollo");
  assert.is(again.errors[0]?.extensions["code"], "ST304");
});

test("whether an address is taken: the user of a token sees its address, whoever else has it", async () => {
  const answers: unknown[] = [];
  for (const email of ["ada@example.test", "nobody@example.test"]) {
    const claims = { preferred_username: `prober of ${email}`, email };
    const { data } = await api.send(
      await token("user", randomUUID(), { claims }),
      "{ currentUser { email } users { nodes { email } } }",
    );
    answers.push(data);
  }
  assert.equal(
    answers,
    ["ada@example.test", "nobody@example.test"].map((email) => ({
      currentUser: { email },
      users: { nodes: [{ email }] },
    })),
  );
  const { rows } = await api.database.pool.query("select from app_public.users where email = 'ada@example.test'");
  assert.is(rows.length, 1);
});

test("an address that the token says is not verified is nobody's", async () => {
  const seen = async (email: string, verified: unknown) => {
    const claims = { preferred_username: "squatter", email, email_verified: verified };
    const { data } = await api.send(await token("user", randomUUID(), { claims }), "{ currentUser { email } }");
    return data.currentUser.email as string | null;
  };
  for (const verified of [false, "false", "False", 0, "0", "no", ""])
    assert.is(await seen("owner@example.test", verified), null, JSON.stringify(verified));
  for (const [verified, email] of [
    [true, "one"],
    ["True", "two"],
    [1, "three"],
  ] as const)
    assert.is(await seen(`${email}@example.test`, verified), `${email}@example.test`);
});

test("an administrator sees the users' own addresses, not their own in place of them", async () => {
  const admin = await token("admin", randomUUID(), {
    claims: { preferred_username: "boss", email: "boss@example.test" },
  });
  const { data } = await api.send(admin, `{ user(id: "${cast.ada.id}") { email } currentUser { email } }`);
  assert.equal(data, { user: { email: "ada@example.test" }, currentUser: { email: "boss@example.test" } });
});

test("an administrator's read of users' documents is in the log, and nobody's read of their own", async () => {
  const secret = randomBytes(32).toString("hex");
  const server = await startServer(secret);
  try {
    const { ada } = await castOf(server.database.pool);
    const ask = async (role: string, subject: string, fields: string) => {
      const headers = {
        authorization: `Bearer ${await token(role, subject, { secret })}`,
        "content-type": "application/json",
      };
      const body = JSON.stringify({ query: `{ documents { nodes { id ${fields} } } }` });
      const response = await fetch(`${server.url}/graphql`, { method: "POST", headers, body });
      return { requestId: response.headers.get("x-request-id"), answer: (await response.json()) as Documents };
    };
    await ask("user", ada.id, "body");
    const admin = randomUUID();
    await ask("admin", admin, "title");
    const { requestId, answer } = await ask("admin", admin, "body");
    const lines = () =>
      server
        .log()
        .split("\n")
        .filter((line) => line.includes("read documents"));
    await waitFor(() => lines().length > 0);
    assert.is(lines().length, 1);
    const line = JSON.parse(lines()[0] ?? "{}") as Record<string, unknown>;
    assert.equal([line["requestId"], line["subject"]], [requestId, admin]);
    assert.equal(
      line["documents"],
      answer.data.documents.nodes.map(({ id }) => id),
    );
    assert.not.match(server.log(), /ada's text/);
  } finally {
    await server.close();
  }
});

interface Documents {
  readonly data: { readonly documents: { readonly nodes: readonly { readonly id: string }[] } };
}

test.run();
