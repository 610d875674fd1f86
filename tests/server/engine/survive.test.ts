// What graphile-worker rejects without a listener when its database goes away must not end a worker; anything else must.
import { spawnSync } from "node:child_process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PROJECT_ROOT } from "../../../server/config.ts";

const test = suite("rejections that nobody handles");

for (const [message, survives] of [
  ["Error occurred whilst returning jobs from local queue to database queue: connect ECONNREFUSED 127.0.0.1:1", true],
  ["Release called on client which has already been released to the pool.", true],
  ["a fault of ours", false],
] as const)
  test(`${survives ? "lives on" : "ends"} after "${message}"`, () => {
    const program = `
      import { surviveBrokenConnections } from "steward/engine/survive";
      surviveBrokenConnections();
      void Promise.reject(new Error(${JSON.stringify(message)}));
      setTimeout(() => console.log("lives"), 50);`;
    const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: PROJECT_ROOT,
      encoding: "utf8",
    });
    assert.is(status, survives ? 0 : 1);
    assert.is(stdout.includes("lives\n"), survives);
  });

test.run();
