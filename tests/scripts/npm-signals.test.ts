// test-timeout: 240
// A signal to npm reaches us, as containers and supervisors send it: to npm alone, not to its group.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PROJECT_ROOT } from "../../server/config.ts";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";

const PROGRAMS = ["start", "server", "worker"] as const;
const READY = /Steward is ready|the server listens|Worker connected/;
const GENEROUS = { timeoutMs: 60_000 };

const test = suite("signals to npm");
const dataDir = mkdtempSync(join(tmpdir(), "steward-npm-"));
let database: TestDatabase;
let providers: TestProviders;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
});
test.after(async () => {
  await Promise.all([database.close(), providers.close()]);
  rmSync(dataDir, { recursive: true, force: true });
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal}: npm passes it on and waits for the end`, async () => {
    const all = await Promise.all(PROGRAMS.map(start));
    await Promise.all(
      all.map(async ({ npm, pid, log }) => {
        npm.kill(signal);
        await once(npm, "close");
        assert.is(isAlive(pid), false);
        assert.match(log(), '"msg":"stopping"');
      }),
    );
  });
}

for (const signal of ["SIGHUP", "SIGKILL"] as const) {
  test(`${signal}: npm passes nothing on; the process notices that npm is gone`, async () => {
    const all = await Promise.all(PROGRAMS.map(start));
    await Promise.all(
      all.map(async ({ npm, pid, log }) => {
        npm.kill(signal);
        await waitFor(() => !isAlive(pid), { ...GENEROUS, what: `the end of process ${pid}` });
        await waitFor(() => log().includes("npm, which started this process, is gone"), GENEROUS);
      }),
    );
  });
}

test("npm that is killed before the process has begun leaves nothing behind either", async () => {
  const npm = run("worker");
  const pid = await waitFor(() => childOf(npm), { ...GENEROUS, what: "npm's child" });
  npm.kill("SIGKILL");
  await waitFor(() => !isAlive(pid), { ...GENEROUS, what: `the end of process ${pid}` });
});

test("Ctrl-C reaches the process twice, from the terminal and from npm, and counts once", async () => {
  const { npm, pid, log } = await start("worker");
  process.kill(pid, "SIGINT");
  npm.kill("SIGINT");
  const [code] = await once(npm, "close");
  assert.match(log(), '"msg":"stopping"');
  assert.is(code, 0);
});

test.run();

function run(program: string): ChildProcess {
  const { PATH, HOME } = process.env;
  const npm = spawn("npm", ["run", program], {
    cwd: PROJECT_ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH,
      HOME,
      STEWARD_DATA_DIR: dataDir,
      DATABASE_URL: database.ownerUrl,
      API_DATABASE_URL: database.apiUrl,
      PORT: "0",
      ...providers.env,
    },
  });
  process.once("exit", () => npm.kill("SIGKILL"));
  return npm;
}

/** One that is ready, with the process under npm. */
async function start(program: string) {
  const npm = run(program);
  let output = "";
  for (const stream of [npm.stdout, npm.stderr])
    stream?.on("data", (chunk) => {
      output += chunk;
    });
  await waitFor(() => READY.test(output), { ...GENEROUS, what: `npm run ${program}` });
  return { npm, pid: childOf(npm) ?? 0, log: () => output };
}

function childOf({ pid }: ChildProcess): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? undefined : Number(children.split(" ")[0]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that nobody has collected yet has ended all the same.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
