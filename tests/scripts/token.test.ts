// npm run token: a token that the server's secret verifies, or one line that says why not.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jwtVerify } from "jose";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const SECRET = "a secret that is longer than 32 characters";
const SUB = "2f3c1f0e-7f55-4c4e-9b39-6a3f0b1f8a11";
const dataDir = mkdtempSync(join(tmpdir(), "steward-token-"));

function token(args: readonly string[], env: Record<string, string> = { JWT_SECRET: SECRET }) {
  const program = join(import.meta.dirname, "../../scripts/token.ts");
  const { PATH = "" } = process.env;
  const result = spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
    env: { PATH, STEWARD_DATA_DIR: dataDir, ...env },
  });
  return { ...result, lastLine: result.stdout.trimEnd().split("\n").at(-1) ?? "" };
}

const verify = async (jwt: string) => (await jwtVerify(jwt, new TextEncoder().encode(SECRET))).payload;

const test = suite("token");

test.after(() => rmSync(dataDir, { recursive: true, force: true }));

test("carries what was asked for, for 12 hours", async () => {
  const { lastLine } = token(["--role", "user", "--sub", SUB, "--email", "ada@example.test", "--username", "ada"]);
  const { role, sub, email, preferred_username, iat = 0, exp } = await verify(lastLine);
  assert.equal([role, sub, email, preferred_username], ["user", SUB, "ada@example.test", "ada"]);
  assert.is(exp, iat + 12 * 3600);
});

test("puts the role where JWT_ROLE_CLAIM looks for it", async () => {
  const env = { JWT_SECRET: SECRET, JWT_ROLE_CLAIM: "realm_access.roles", JWT_ADMIN_ROLES: "boss" };
  const { realm_access } = await verify(token(["--role", "admin"], env).lastLine);
  assert.equal(realm_access, { roles: "boss" });
});

test("without JWT_SECRET, one is made and kept", async () => {
  const tokens = [token(["--role", "admin"], {}), token(["--role", "user"], {})];
  const kept = new TextEncoder().encode(readFileSync(join(dataDir, "jwt.secret"), "utf8").trim());
  for (const { lastLine } of tokens) await jwtVerify(lastLine, kept);
});

const refusals: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /--role must be admin or user/],
  [["--role", "root"], /--role must be admin or user/],
  [["--role", "user", "--sub", "12"], /--sub must be a UUID/],
  [["--role", "user", "--nope"], /Unknown option '--nope'/],
  [["--role"], /--role/],
];

for (const [args, sentence] of refusals) {
  test(`refused: ${args.join(" ")}`, () => {
    const { status, stdout, stderr } = token(args);
    assert.equal([status, stdout, stderr.trimEnd().split("\n").length], [2, "", 1]);
    assert.match(stderr, sentence);
  });
}

test("with an identity provider, it sends you there", () => {
  const env = { JWKS_URL: "https://id.test/certs", JWT_ISSUER: "https://id.test", JWT_AUDIENCE: "steward" };
  const { status, stderr } = token(["--role", "user"], env);
  assert.is(status, 2);
  assert.match(stderr, /identity provider/);
});

test("a wrong setting is one line", () => {
  const { status, stderr } = token(["--role", "user"], { PORT: "x" });
  assert.equal([status, stderr], [2, "steward: PORT must be a whole number from 0 to 65535\n"]);
});

test.run();
