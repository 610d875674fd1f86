// Who may ask: valid tokens of a secret or of an identity provider, and nobody else, before anything of a request is read.
import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer, type Server } from "node:http";
import { exportJWK, exportSPKI, importSPKI, SignJWT } from "jose";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { signedJson as signed, startApi, type TestApi, token } from "../../helpers/api.ts";

const test = suite("tokens");
const ME = "{ currentUser { username } }";
const ISSUER = "https://idp.example.test";

interface Provider {
  readonly url: string;
  readonly server: Server;
  readonly publicKeys: Map<string, KeyObject>;
  readonly privateKeys: Map<string, KeyObject>;
}

let bySecret: TestApi;
let byProvider: TestApi;
let provider: Provider;

test.before(async () => {
  provider = await startProvider();
  bySecret = await startApi();
  byProvider = await startApi({
    JWKS_URL: provider.url,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: "steward",
    JWT_ROLE_CLAIM: "realm_access.roles",
    JWT_USER_ROLES: "*",
    JWT_ADMIN_ROLES: "steward-admin",
  });
});
test.after(async () => {
  provider.server.closeAllConnections();
  provider.server.close();
  await Promise.all([bySecret.close(), byProvider.close()]);
});

test("a valid token is accepted, and makes its user", async () => {
  const { status, data } = await bySecret.send(
    await token("user", undefined, { claims: { preferred_username: "ada" } }),
    ME,
  );
  assert.is(status, 200);
  assert.equal(data, { currentUser: { username: "ada" } });
});

const UNSIGNED = `${encode({ alg: "none" })}.${encode({ sub: crypto.randomUUID(), role: "admin", exp: 2_000_000_000 })}.`;
const REFUSED: readonly [string, () => Promise<string | null>][] = [
  ["no token", async () => null],
  ["none at all behind Bearer", async () => ""],
  ["a token that has ended", () => token("admin", undefined, { seconds: -60 })],
  [
    "a token of another secret",
    () => token("admin", undefined, { secret: "another secret, which is as long as ours is" }),
  ],
  ["a role that is none of ours", () => token("postgres")],
  ["a token without a role", () => token(undefined as unknown as string)],
  ["an unsigned token", async () => UNSIGNED],
  ["what is no token", async () => "a.b.c"],
  ["a subject of 300 characters", () => token("user", "x".repeat(300))],
  ["no subject at all", () => token("user", "")],
  ["a subject that is a number", () => token("user", undefined, { claims: { sub: 17 } })],
  ["a subject with NUL", () => token("user", "a\0b")],
  ["a subject with half a character", () => token("user", "a\ud800b")],
  ["an end that is later than any", () => signed({ exp: "1e999" })],
  ["an end in milliseconds", () => signed({ exp: "1800000000000" })],
  ["an end that is a text", () => signed({ exp: '"tomorrow"' })],
  ["a beginning that is later than any", () => signed({ nbf: "1e999" })],
  ["a birth before all time", () => signed({ iat: "-1e300" })],
  ["a birth after all time", () => signed({ iat: "1e300" })],
  ["a birth that is null", () => signed({ iat: "null" })],
];
for (const [what, make] of REFUSED) {
  test(`401 for ${what}`, async () => {
    const { status, errors, headers } = await bySecret.send(await make(), "not even { GraphQL");
    assert.is(status, 401);
    assert.is(errors[0]?.extensions["code"], "ST101");
    assert.match(headers.get("www-authenticate") ?? "", /^Bearer /);
    assert.is(headers.get("x-request-id"), errors[0]?.extensions["requestId"]);
  });
}

test("what a name may not contain is left out of it, and the login goes on", async () => {
  const claims = { preferred_username: "gr\0ace\u0007", name: "Ada\0 \ud800L.", email: "a\0@b.test\u0001" };
  const { data, errors } = await bySecret.send(
    await token("user", undefined, { claims }),
    "{ currentUser { username displayName email } }",
  );
  assert.equal(errors, []);
  assert.equal(data, { currentUser: { username: "grace", displayName: "Ada \ufffdL.", email: null } });
});

test("a token from the future does not say when it was made: it makes a user, and brings nobody back", async () => {
  const sub = `"${crypto.randomUUID()}"`;
  const nextYear = String(Math.floor(Date.now() / 1000) + 31_536_000);
  const { data: made } = await bySecret.send(await signed({ sub, iat: nextYear }), "{ currentUser { id } }");
  await bySecret.database.pool.query("delete from app_public.users where id = $1", [made.currentUser.id]);
  const restarted = await startApi({}, bySecret.database);
  const { data } = await restarted.send(await signed({ sub, iat: nextYear }), "{ currentUser { id } }");
  await restarted.close();
  assert.equal(data, { currentUser: null });
});

test("where tokens make no users, whoever is there is found, and others are nobody", async () => {
  const own = await startApi({ TOKENS_MAKE_USERS: "false" });
  try {
    const [known, unknown] = [crypto.randomUUID(), crypto.randomUUID()];
    await own.database.pool.query("insert into app_public.users (id, username) values ($1, 'known')", [known]);
    const ask = async (role: string, sub: string) => {
      const { data, errors } = await own.send(await token(role, sub, { claims: { preferred_username: "x" } }), ME);
      assert.equal(errors, []);
      return data.currentUser?.username;
    };
    assert.equal(
      [await ask("user", known), await ask("user", unknown), await ask("admin", unknown)],
      ["known", undefined, undefined],
    );
    const runs = await own.send(await token("user", unknown), "{ runs { nodes { id } } projects { nodes { id } } }");
    assert.equal([runs.data, runs.errors], [{ runs: { nodes: [] }, projects: { nodes: [] } }, []]);
    const { rows } = await own.database.pool.query("select username from app_public.users");
    assert.equal(rows, [{ username: "known" }]);
  } finally {
    await own.close();
  }
});

test("an operator's token is not the user whose id it happens to name", async () => {
  const id = crypto.randomUUID();
  await bySecret.database.pool.query(
    "insert into app_public.users (id, username, external_subject) values ($1, 'provided', 'auth0|9')",
    [id],
  );
  assert.equal((await bySecret.send(await token("admin", id), ME)).data, { currentUser: null });
  // Nor does it keep the subject's own token from making them.
  const own = await bySecret.send(await token("user", id), "{ currentUser { externalSubject } }");
  assert.equal(own.data, { currentUser: { externalSubject: id } });
});

test("401 for another scheme", async () => {
  const answer = await fetch(`${bySecret.url}/graphql`, { method: "POST", headers: { authorization: "Basic YTpi" } });
  assert.is(answer.status, 401);
});

test("an identity provider's token is accepted, its role read where the configuration says", async () => {
  const user = await byProvider.send(await provided({ preferred_username: "bob" }), ME);
  assert.equal(user.data, { currentUser: { username: "bob" } });
  const create = 'mutation { createUser(input: { username: "eve" }) { user { username } } }';
  assert.is((await byProvider.send(await provided({}), create)).errors[0]?.extensions["code"], "ST102");
  const admin = await byProvider.send(await provided({ realm_access: { roles: ["steward-admin"] } }), create);
  assert.equal(admin.data, { createUser: { user: { username: "eve" } } });
});

test("401 for tokens that the identity provider did not make for us", async () => {
  const spki = await exportSPKI(
    await importSPKI(provider.publicKeys.get("one")?.export({ type: "spki", format: "pem" }) as string, "RS256"),
  );
  const wrong = [
    await provided({}, { audience: "another" }),
    await provided({}, { issuer: "https://other.example.test" }),
    await provided({}, { seconds: -60 }),
    // The public key is known to all: as an HS256 secret it must count for nothing.
    await token("admin", undefined, { secret: spki, claims: { iss: ISSUER, aud: "steward" } }),
    UNSIGNED,
  ];
  for (const each of wrong) assert.is((await byProvider.send(each, ME)).status, 401);
});

test("a key that is too weak is no outage: its tokens are refused, and others go on", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  provider.publicKeys.set("weak", publicKey);
  const elsewhere = await startApi({
    JWKS_URL: provider.url,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: "steward",
    JWT_USER_ROLES: "*",
  });
  try {
    const data = `${encode({ alg: "RS256", kid: "weak" })}.${encode({ sub: "x", iss: ISSUER, aud: "steward", exp: 2_000_000_000 })}`;
    const weak = `${data}.${createSign("RSA-SHA256").update(data).sign(privateKey, "base64url")}`;
    assert.is((await elsewhere.send(weak, ME)).status, 401);
    assert.is((await elsewhere.send(await provided({}), ME)).status, 200);
  } finally {
    provider.publicKeys.delete("weak");
    await elsewhere.close();
  }
});

test("keys may rotate; when they cannot be had, that is no fault of the token", async () => {
  addKey(provider, "two");
  // The provider is asked again for an unknown key, though not at once: until then the new key's tokens are not known.
  const fresh = await provided({ preferred_username: "carl" }, { kid: "two" });
  const started = performance.now();
  let answer = await byProvider.send(fresh, ME);
  while (answer.status === 401 && performance.now() - started < 10_000) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    answer = await byProvider.send(fresh, ME);
  }
  assert.is(answer.status, 200);

  provider.server.closeAllConnections();
  await new Promise((resolve) => provider.server.close(resolve));
  const elsewhere = await startApi({
    JWKS_URL: provider.url,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: "steward",
    JWT_USER_ROLES: "*",
  });
  try {
    const { status, errors } = await elsewhere.send(fresh, ME);
    assert.is(status, 503);
    assert.is(errors[0]?.extensions["code"], "ST103");
  } finally {
    await elsewhere.close();
  }
});

async function startProvider(): Promise<Provider> {
  const publicKeys = new Map<string, KeyObject>();
  const server = createServer(async (_request, response) => {
    const keys = await Promise.all(
      [...publicKeys].map(async ([kid, key]) => ({ ...(await exportJWK(key)), kid, alg: "RS256", use: "sig" })),
    );
    response.setHeader("content-type", "application/json").end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const started = {
    url: `http://127.0.0.1:${port}/jwks`,
    server,
    publicKeys,
    privateKeys: new Map<string, KeyObject>(),
  };
  addKey(started, "one");
  return started;
}

function addKey({ publicKeys, privateKeys }: Provider, kid: string): void {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  publicKeys.set(kid, publicKey);
  privateKeys.set(kid, privateKey);
}

interface Provided {
  readonly kid?: string;
  readonly audience?: string;
  readonly issuer?: string;
  readonly seconds?: number;
}

function provided(
  claims: object,
  { kid = "one", audience = "steward", issuer = ISSUER, seconds = 600 }: Provided = {},
): Promise<string> {
  const key = provider.privateKeys.get(kid);
  if (!key) throw new Error(`there is no key ${kid}`);
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "RS256", kid })
    .setSubject(crypto.randomUUID())
    .setAudience(audience)
    .setIssuer(issuer)
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(key);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

test.run();
