// test-timeout: 240
// A demo that is stopped in the middle removes what it had made.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "steward/testing";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PROJECT_ROOT } from "../../../server/config.ts";

const test = suite("demo/stop");
const dataDir = mkdtempSync(join(tmpdir(), "steward-demo-"));
test.after(() => rmSync(dataDir, { recursive: true, force: true }));

test("Ctrl-C removes the users of a demo that has come half way, and ends with 130", async () => {
  const { DATABASE_URL: _url, ...env } = process.env;
  const child = spawn(process.execPath, ["scripts/demo.ts"], {
    cwd: PROJECT_ROOT,
    env: { ...env, STEWARD_DATA_DIR: dataDir },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const closed = once(child, "close");
  await Promise.race([closed, waitFor(() => output.includes("users complete"), { timeoutMs: 120_000 })]);
  child.kill("SIGINT");
  const [code] = await closed;
  assert.is(code, 130, output);
  assert.match(output, /users +█{12} 100 % {2}100\d users with their accounts/);
});

test.run();
