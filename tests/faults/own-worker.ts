// A worker process with tasks for tests of faults; prints a line whenever a task has come to where it is to be disturbed.
// Arguments: the owner's connection.
import { setTimeout as sleep } from "node:timers/promises";
import type { Work } from "steward/engine/step";
import { startEngine } from "../helpers/engine.ts";

const works: Readonly<Record<string, Work>> = {
  /** Ends its worker, each time. */
  async burn() {
    process.kill(process.pid, "SIGKILL");
    await sleep(60_000);
    return undefined;
  },
  /** Holds its lease in an open transaction. */
  async write(step) {
    await step.transaction(async (db) => {
      await db.query("insert into app_private.test_marks (run_id, mark) values ($1, $2)", [step.runId, process.pid]);
      console.log("in transaction");
      await sleep(2_000);
    });
    return undefined;
  },
  /** Keeps the process so busy that nothing else of it runs. */
  async spin() {
    console.log("spinning");
    const until = performance.now() + 60_000;
    while (performance.now() < until);
    return undefined;
  },
};

const [connectionString = ""] = process.argv.slice(2);
const engine = await startEngine({ connectionString, works });
console.log("ready");
process.once("SIGTERM", () => void engine.stop().then(() => process.exit(0)));
