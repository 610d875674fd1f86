// The environment: defaults, and one clear sentence for each way to get it wrong.
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { StewardError } from "steward/errors";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadConfig, PROJECT_ROOT } from "../../server/config.ts";

type Environment = Record<string, string | undefined>;

const KEY = randomBytes(32).toString("base64");
const databases = { DATABASE_URL: "postgres://owner:pw@db/steward", API_DATABASE_URL: "postgres://api:pw@db/steward" };
const identity = { JWKS_URL: "https://id.test/certs", JWT_ISSUER: "https://id.test", JWT_AUDIENCE: "steward" };
const cloud = {
  OS_AUTH_URL: "http://cloud.test:5000/v3",
  OS_USERNAME: "admin",
  OS_PASSWORD: "pw",
  OS_PROJECT_NAME: "admin",
  OS_USER_DOMAIN_NAME: "Default",
  OS_PROJECT_DOMAIN_NAME: "Default",
  OS_REGION_NAME: "one",
};
const nextcloud = {
  NEXTCLOUD_URL: "https://drive.test",
  NEXTCLOUD_ADMIN_USER: "admin",
  NEXTCLOUD_ADMIN_PASSWORD: "pw",
};
const scim = { SCIM_URL: "https://directory.test/scim/v2", SCIM_TOKEN: "secret" };

const north = {
  provider: "north",
  kind: "keystone",
  regions: ["n1", "n2"],
  url: "https://north.test/v3",
  username: "admin",
  password: "pw",
  projectName: "admin",
  userDomainName: "Default",
  projectDomainName: "Default",
};
const folder = mkdtempSync(join(tmpdir(), "steward-config-"));

/** Path of a new file with this text, or this as JSON. */
function fileOf(content: unknown): string {
  const file = join(folder, randomUUID());
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

function refusal(env: Environment): string {
  try {
    loadConfig(env);
  } catch (error) {
    assert.instance(error, StewardError);
    assert.is((error as StewardError).code, "ST801");
    return (error as StewardError).message;
  }
  throw new Error(`accepted: ${JSON.stringify(env)}`);
}

const test = suite("config");
test.after(() => rmSync(folder, { recursive: true }));

test("nothing set: everything is embedded", () => {
  const config = loadConfig({});
  assert.equal([config.host, config.port, config.dataDir], ["127.0.0.1", 5678, `${PROJECT_ROOT}/.data`]);
  assert.equal(
    [config.database, config.drive, config.clouds, config.jwt.secret],
    [undefined, undefined, [], undefined],
  );
  assert.equal([config.workerConcurrency, config.introspection, config.environment], [10, true, "development"]);
});

test("an empty value is as good as none", () => {
  assert.equal(loadConfig({ PORT: "", DATABASE_URL: " ", JWT_SECRET: "" }), loadConfig({}));
});

test("everything set", () => {
  const config = loadConfig({
    ...databases,
    ...identity,
    ...cloud,
    NODE_ENV: "production",
    PORT: "8080",
    ENCRYPTION_KEY: KEY,
    JWT_ROLE_CLAIM: "realm_access.roles",
    JWT_ADMIN_ROLES: "boss, root",
    CORS_ORIGINS: "https://a.test, http://b.test:81",
    OIDC_CLIENT_ID: "console",
  });
  assert.equal(config.database, { url: databases.DATABASE_URL, apiUrl: databases.API_DATABASE_URL });
  assert.equal(config.jwt.identityProvider, {
    jwksUrl: identity.JWKS_URL,
    issuer: identity.JWT_ISSUER,
    audience: "steward",
    clientId: "console",
    scope: "openid profile email",
  });
  assert.equal(
    [config.jwt.roleClaim, config.jwt.adminRoles],
    [
      ["realm_access", "roles"],
      ["boss", "root"],
    ],
  );
  assert.equal(config.corsOrigins, ["https://a.test", "http://b.test:81"]);
  assert.is(config.clouds[0]?.url, cloud.OS_AUTH_URL);
  assert.is(config.encryptionKey?.length, 32);
  assert.is(config.introspection, false);
});

test("further clouds are read from a file", () => {
  const ca = fileOf("certificates");
  const { clouds } = loadConfig({ ...cloud, CLOUDS_FILE: fileOf([{ ...north, caFile: basename(ca) }]) });
  assert.equal(
    clouds.map(({ provider, regions }) => [provider, regions]),
    [
      ["openstack", ["one"]],
      ["north", ["n1", "n2"]],
    ],
  );
  assert.is(clouds[1]?.ca, "certificates");
});

test("how the providers are used", () => {
  const { nextcloud, clouds } = loadConfig({
    ...cloud,
    NEXTCLOUD_QUOTA: "5 GB",
    NEXTCLOUD_SKELETON_FILE: fileOf("Readme.md\nPhotos/A b.jpg\n"),
    NEXTCLOUD_TIMEOUT_SECONDS: "60",
    OS_TIMEOUT_SECONDS: "10",
    OS_CACERT: fileOf("certificates"),
  });
  assert.equal([nextcloud.quota, nextcloud.timeoutMs], ["5 GB", 60_000]);
  assert.equal(nextcloud.skeletonFiles, ["Readme.md", "Photos/A b.jpg"]);
  assert.equal([clouds[0]?.timeoutSeconds, clouds[0]?.ca], [10, "certificates"]);
});

test("drive accounts are made at a Nextcloud or at a SCIM service", () => {
  assert.is(loadConfig(nextcloud).drive?.kind, "nextcloud");
  const { drive } = loadConfig({ ...scim, SCIM_REMOVAL: "deactivate", SCIM_TIMEOUT_SECONDS: "20" });
  assert.equal(drive, {
    kind: "scim",
    url: scim.SCIM_URL,
    token: "secret",
    removal: "deactivate",
    maxInFlight: undefined,
    timeoutMs: 20_000,
    ca: undefined,
  });
});

const wrong: readonly (readonly [Environment, RegExp])[] = [
  [{ PORT: "abc" }, /^PORT must be a whole number from 0 to 65535$/],
  [{ PORT: "70000" }, /^PORT /],
  [{ PORT: "-1" }, /^PORT /],
  [{ HOST: "a b" }, /^HOST /],
  [{ NODE_ENV: "prod" }, /^NODE_ENV must be one of development, production, test$/],
  [{ LOG_LEVEL: "loud" }, /^LOG_LEVEL /],
  [{ WORKER_CONCURRENCY: "0" }, /^WORKER_CONCURRENCY /],
  [{ INTROSPECTION: "yes" }, /^INTROSPECTION must be one of true, false$/],
  [{ CORS_ORIGINS: "https://a.test/path" }, /^CORS_ORIGINS /],
  [{ ENCRYPTION_KEY: "c2hvcnQ=" }, /^ENCRYPTION_KEY must be 32 bytes in base64/],
  [{ JWT_SECRET: "x".repeat(31) }, /^JWT_SECRET must have at least 32 characters$/],
  [{ JWT_SECRET: "x".repeat(32), ...identity }, /^JWT_SECRET and JWKS_URL exclude each other/],
  [{ OIDC_CLIENT_ID: "console" }, /^OIDC_CLIENT_ID needs JWKS_URL/],
  [{ JWKS_URL: identity.JWKS_URL }, /^JWT_ISSUER, JWT_AUDIENCE must be set together with JWKS_URL/],
  [{ ...identity, JWKS_URL: "ftp://id.test" }, /^JWKS_URL must be a URL/],
  [{ DATABASE_URL: databases.DATABASE_URL }, /^API_DATABASE_URL must be set together with DATABASE_URL/],
  [{ API_DATABASE_URL: databases.API_DATABASE_URL }, /^DATABASE_URL must be set/],
  [{ ...databases, DATABASE_URL: "mysql://x" }, /^DATABASE_URL must be a URL like postgres:/],
  [{ ...databases, API_DATABASE_URL: databases.DATABASE_URL }, /^API_DATABASE_URL must name another login/],
  [
    { ...databases, NODE_ENV: "production" },
    /^JWT_SECRET, or JWKS_URL .* must be set in production .* \(and 1 more to correct\)$/,
  ],
  [{ NEXTCLOUD_URL: "https://drive.test" }, /^NEXTCLOUD_ADMIN_USER, NEXTCLOUD_ADMIN_PASSWORD must be set together/],
  [{ SCIM_URL: "https://directory.test/scim/v2" }, /^SCIM_TOKEN must be set together with SCIM_URL/],
  [{ ...scim, ...nextcloud }, /^NEXTCLOUD_URL and SCIM_URL must not be set both/],
  [{ ...scim, SCIM_REMOVAL: "forget" }, /^SCIM_REMOVAL must be one of delete, deactivate$/],
  [{ ...cloud, OS_REGION_NAME: "" }, /^OS_REGION_NAME must be set together with OS_AUTH_URL/],
  [{ NEXTCLOUD_QUOTA: "much" }, /^NEXTCLOUD_QUOTA must be none or a size such as 5 GB$/],
  [{ OS_CACERT: "/nowhere.pem" }, /^OS_CACERT names a file that cannot be read: ENOENT/],
  [{ CLOUDS_FILE: "/nowhere.json" }, /^CLOUDS_FILE names a file that cannot be used: ENOENT/],
  [
    { CLOUDS_FILE: fileOf('{"password": hunter2}') },
    /^CLOUDS_FILE names a file that cannot be used: it is not valid JSON$/,
  ],
  [{ CLOUDS_FILE: fileOf([north, north]) }, /^CLOUDS_FILE .*: the list: names a provider twice/],
  [{ CLOUDS_FILE: fileOf([{ ...north, kind: "other" }]) }, /^CLOUDS_FILE .*: 0\.kind: /],
  [{ CLOUDS_FILE: fileOf([{ ...north, provider: "A b" }]) }, /^CLOUDS_FILE .*: 0\.provider: must be a name/],
  [{ CLOUDS_FILE: fileOf([{ ...north, colour: "red" }]) }, /^CLOUDS_FILE .*: 0: .*colour/],
  [{ ...cloud, CLOUDS_FILE: fileOf([{ ...north, provider: "openstack" }]) }, /^CLOUDS_FILE has a provider openstack/],
];

for (const [env, sentence] of wrong) {
  test(`refused: ${JSON.stringify(env).slice(0, 80)}`, () => assert.match(refusal(env), sentence));
}

test("a refusal never shows a secret", () => {
  const sentence = refusal({
    DATABASE_URL: "mysql://owner:hunter2@db/x",
    JWT_SECRET: "hunter2",
    ENCRYPTION_KEY: "hunter2",
  });
  assert.not.match(sentence, "hunter2");
  assert.match(sentence, /and 2 more to correct/);
});

test.run();
