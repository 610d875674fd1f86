// What a check of zCompute asks and tells: nothing is changed unless it is asked to write, nothing stays, and no secret is told.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkZCompute } from "../../scripts/provider/zcompute.ts";
import { startZCompute, type ZComputeStandIn } from "../../server/embedded/zcompute/index.ts";

const test = suite("provider check zcompute");
let there: ZComputeStandIn;

test.before(async () => {
  there = await startZCompute();
  there.store.addProject({ name: "Mergers", description: "Buy Initech" });
  there.store.addUser({ name: "ada", email: "ada@example.test" });
});
test.after(() => there.close());

async function check(
  write: boolean,
  config: { needsNetwork?: boolean; createProjects?: Record<string, unknown> } = {},
) {
  const { url, account, username, password, project } = there;
  const region = { name: "r", url, account, username, password, project };
  const lines: string[] = [];
  const wanted = { write, signal: new AbortController().signal, say: (line: string) => lines.push(line) };
  return { ...(await checkZCompute({ ...config, regions: [region] }, region, wanted)), lines };
}

const holdings = () => ({ projects: there.store.projects.size, users: there.store.users.size });

test("it reads and changes nothing, and tells shapes and not whose they are", async () => {
  const { exchanges, lines } = await check(false);
  const changes = there.received.filter(({ method, path }) => method !== "GET" && path !== "/identity/auth");
  assert.equal(changes, []);
  assert.ok(lines.includes("projects by name: 400"));
  const told = JSON.stringify(exchanges, null, 1);
  for (const hidden of [there.password, there.username, "acme", "Mergers", "Initech", "ada", there.store.domainId])
    assert.not(told.includes(hidden), hidden);
  assert.match(told, "Additional properties are not allowed");
  assert.match(told, "policy:FullAccess");
  assert.match(told, '"is_domain": true');
  assert.match(told, '"x-subject-token": "(removed)"');
  assert.match(told, "GET /api/v2/identity/projects/(id of 32");
});

test("with leave to write it makes a project and an account, tries them, and removes both", async () => {
  const before = holdings();
  const { exchanges, left, lines } = await check(true, {
    needsNetwork: true,
    createProjects: { is_vpc: true, ip_pool_id: "p" },
  });
  assert.equal(left, []);
  assert.equal(holdings(), before);
  for (const line of [
    "making a project: 201",
    "making it again: 409",
    "giving a role that is not there: 404",
    "removing it again: 404",
  ])
    assert.ok(lines.includes(line), `${line} in ${lines.join("\n")}`);
  assert.ok(lines.some((line) => line.startsWith("a network after")));
  assert.not.match(JSON.stringify(exchanges), /sd-check-|aA1!/);
  there.traps.add({ method: "DELETE", path: /identity\/users\/\w+$/, kind: 500 });
  there.traps.add({ method: "DELETE", path: /projects\/\w+$/, kind: 500 });
  assert.equal((await check(true)).left, [], "what was not removed the first time is tidied up");
});

test("what stays is told, and what keeps it from signing in", async () => {
  for (const _ of Array.from({ length: 3 })) there.traps.add({ method: "DELETE", path: /projects\/\w+$/, kind: 500 });
  assert.match((await check(true)).left.join(), /^the project sd-check-/);
  there.traps.switches.signIn = "locked";
  await check(false).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, "locked"),
  );
});

test("the command prints the record and nothing else, and says which cloud it does not know", async () => {
  const dir = mkdtempSync(join(tmpdir(), "steward-provider-"));
  const { url, account, username, password } = there;
  there.traps.reset();
  const entry = { provider: "acme", kind: "zcompute", regions: ["r"], url: `${url}/`, account, username, password };
  writeFileSync(join(dir, "clouds.json"), JSON.stringify([entry]));
  const run = async (...given: string[]) => {
    const env = { ...process.env, CLOUDS_FILE: join(dir, "clouds.json") };
    return promisify(execFile)(process.execPath, ["scripts/provider.ts", ...given], { env });
  };
  const { stdout, stderr } = await run("check", "acme");
  assert.is((JSON.parse(stdout) as { wrote: boolean }).wrote, false);
  assert.match(stderr, "experimental");
  const refused = await run("check", "other").catch((error: { code: number; stderr: string }) => error);
  assert.match(refused.stderr, "no cloud other of the kind zcompute");
  rmSync(dir, { recursive: true });
});

test.run();
