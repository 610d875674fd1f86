// npm start: what it tells on stdout once it is ready.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PROJECT_ROOT } from "../../server/config.ts";
import { createDatabase, type TestDatabase } from "../helpers/database.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";

const TOKEN = /\beyJ[\w-]+\.[\w-]+\./;

const test = suite("npm start");
const dataDir = mkdtempSync(join(tmpdir(), "steward-start-"));
let database: TestDatabase;
let providers: TestProviders;

test.before(async () => {
  [database, providers] = await Promise.all([createDatabase(), startProviders()]);
});
test.after(async () => {
  await Promise.all([database.close(), providers.close()]);
  rmSync(dataDir, { recursive: true, force: true });
});

test("while developing it prints a token to look with", async () => {
  assert.match(await welcome({}), TOKEN);
});

test("in production it prints no token, with a key of its own or a configured one", async () => {
  const keys = { ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"), JWT_SECRET: "s".repeat(40) };
  const text = await welcome({ NODE_ENV: "production", ...keys });
  assert.match(text, "Steward is ready");
  assert.not.match(text, TOKEN);
});

test("where one runs already it says so and where, and starts nothing", async () => {
  const server = createServer((_, answer) => answer.end('{"status":"not ready","migrated":true,"lagSeconds":0}'));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const text = await welcome({ PORT: String(port) });
  assert.match(text, `Steward runs already at http://127.0.0.1:${port}: nothing was started.`);
  assert.match(text, TOKEN);
  server.close();
});

test.run();

/** All that it writes to stdout until it is told to stop. */
async function welcome(env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, ["server/main.ts"], {
    cwd: PROJECT_ROOT,
    stdio: ["ignore", "pipe", "ignore"],
    env: {
      PATH: process.env["PATH"],
      STEWARD_DATA_DIR: dataDir,
      PORT: "0",
      DATABASE_URL: database.ownerUrl,
      API_DATABASE_URL: database.apiUrl,
      ...providers.env,
      ...env,
    },
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
    if (text.includes("Cloud")) child.kill("SIGTERM");
  });
  await once(child, "close");
  return text;
}
