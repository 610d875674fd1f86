// First logins: through a real OpenID Connect provider, and many at the same moment. What a login needs is there when it returns.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startApi, type TestApi, token } from "../../helpers/api.ts";
import { waitFor } from "../../helpers/database.ts";
import { startWorker, type TestWorker } from "../../helpers/worker.ts";

const test = suite("first logins");
const AUDIENCE = "https://steward.example.test";
const ENSURE = `mutation {
  ensureOnboarded(input: { waitMs: 10000 }) {
    user { username spaces(first: 2) { nodes { notebooks(first: 5) { nodes { name documents(first: 10) { nodes { title } } } } agents(first: 5) { nodes { name } } } } }
    run { status }
    missing
  }
}`;

interface OpenId {
  readonly server: Server;
  readonly issuer: string;
}

let openId: OpenId;
test.before(async () => {
  openId = await startOpenId();
});
test.after(() => {
  openId.server.closeAllConnections();
  openId.server.close();
});

test("a real OpenID Connect provider's token makes its user, on the very request", async () => {
  const { issuer } = openId;
  const api = await startApi({
    JWKS_URL: `${issuer}/jwks`,
    JWT_ISSUER: issuer,
    JWT_AUDIENCE: AUDIENCE,
    JWT_ROLE_CLAIM: "realm_access.roles",
    JWT_USER_ROLES: "person",
  });
  try {
    const { data, errors } = await api.send(
      await issue(issuer, AUDIENCE),
      "{ currentUser { username email displayName externalSubject } }",
    );
    assert.equal(errors, []);
    const user = {
      username: "grace",
      email: "grace@example.test",
      displayName: "Grace",
      externalSubject: "grace-client",
    };
    assert.equal(data, { currentUser: user });
    assert.is((await api.send(await issue(issuer, "https://other.example.test"), "{ __typename }")).status, 401);
  } finally {
    await api.close();
  }
});

for (const withWorker of [false, true]) {
  test(`200 at once, ${withWorker ? "with" : "without"} a worker: each has everything, once`, async () => {
    const api = await startApi();
    const worker = withWorker ? await work(api) : undefined;
    try {
      const tokens = await Promise.all(
        Array.from({ length: 200 }, (_, n) => token("user", undefined, { claims: { preferred_username: `user${n}` } })),
      );
      const answers = await Promise.all(tokens.map((each) => api.send(each, ENSURE)));
      for (const { data, errors } of answers) {
        assert.equal(errors, []);
        const { user, missing } = data.ensureOnboarded;
        assert.equal(missing, [], JSON.stringify(data));
        assert.is(user.spaces.nodes.length, 1);
        const [{ notebooks, agents }] = user.spaces.nodes;
        assert.equal(
          notebooks.nodes.map(({ name }: { name: string }) => name),
          ["Getting Started"],
        );
        assert.is(notebooks.nodes[0].documents.nodes.length, 3);
        assert.is(agents.nodes.length, 1);
      }
      assert.is(new Set(answers.map(({ data }) => data.ensureOnboarded.user.username)).size, 200);
    } finally {
      await worker?.stop();
      await api.close();
    }
  });
}

test("ten requests of one new user at once make one user", async () => {
  const api = await startApi();
  try {
    const mine = await token("user", "somebody-elsewhere", { claims: { preferred_username: "once" } });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.send(mine, "{ currentUser { id username } }")),
    );
    assert.is(new Set(answers.map(({ data }) => data.currentUser.id)).size, 1);
    const { rows } = await api.database.pool.query<{ count: string }>(
      "select count(*) from app_public.users where username like 'once%'",
    );
    assert.is(rows[0]?.count, "1");
  } finally {
    await api.close();
  }
});

async function work({ database }: TestApi): Promise<TestWorker> {
  // Nothing listens there: the drive's steps wait, and onboarding does not.
  const nowhere = {
    NEXTCLOUD_URL: "http://127.0.0.1:9",
    NEXTCLOUD_ADMIN_USER: "admin",
    NEXTCLOUD_ADMIN_PASSWORD: "secret",
  };
  const cloud = {
    OS_AUTH_URL: "http://127.0.0.1:9/v3",
    OS_USERNAME: "admin",
    OS_PASSWORD: "secret",
    OS_PROJECT_NAME: "admin",
    OS_USER_DOMAIN_NAME: "Default",
    OS_PROJECT_DOMAIN_NAME: "Default",
    OS_REGION_NAME: "RegionOne",
  };
  const worker = startWorker({
    databaseUrl: database.ownerUrl,
    apiUrl: database.apiUrl,
    env: { ...nowhere, ...cloud },
  });
  await waitFor(
    async () =>
      (await database.pool.query("select from steward_private.workers where pid = $1", [worker.pid])).rows.length > 0,
    { timeoutMs: 20_000, what: "the worker" },
  );
  return worker;
}

/** Issues RS256 access tokens to one client, for whatever audience it names. */
async function startOpenId(): Promise<OpenId> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "grace-client",
        client_secret: "secret",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    extraTokenClaims: () => ({
      preferred_username: "grace",
      email: "grace@example.test",
      name: "Grace",
      realm_access: { roles: ["person"] },
    }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context: unknown, audience: string) => ({
          scope: "",
          audience,
          accessTokenFormat: "jwt",
          accessTokenTTL: 600,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  });
  server.on("request", provider.callback());
  return { server, issuer };
}

async function issue(issuer: string, resource: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from("grace-client:secret").toString("base64")}` },
    body: new URLSearchParams({ grant_type: "client_credentials", resource }),
  });
  const { access_token: issued } = (await response.json()) as { access_token: string };
  return issued;
}

test.run();
