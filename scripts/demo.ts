// npm run demo: the three lifecycles on the embedded services, with progress bars. Takes about a minute; may be run again and
// again, beside npm start or alone. It removes what it made, also when it is stopped, unless told to keep it: npm run demo -- --keep
import { parseArgs } from "node:util";
import { runCommand } from "steward/command";
import { showCrowd } from "./demo/crowd.ts";
import { showDeletion } from "./demo/deletion.ts";
import { showProject } from "./demo/project.ts";
import { removeRest, showRemoval } from "./demo/removal.ts";
import { showSignup } from "./demo/signup.ts";
import { openStage, type Stage } from "./demo/stage.ts";

const keep = readArguments();
await runCommand(async () => {
  const stage = await openStage();
  try {
    await show(stage);
  } catch (error) {
    await end(stage, error);
  } finally {
    await stage.close();
  }
});

/** Stopped by somebody or by an error: removes what there is by then. */
async function end(stage: Stage, error: unknown): Promise<void> {
  if (stage.stopping.aborted) {
    console.log("\n\nStopped.");
    process.exitCode = 130;
  } else {
    process.stderr.write(`\nsteward: the demo ended early: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
  if (keep) return console.log("What was made stays, and what had begun goes on as soon as a worker runs: npm start");
  await removeRest(stage).catch((reason: unknown) => {
    process.stderr.write(`\nsteward: not everything could be removed: ${messageOf(reason)}\n`);
    process.exitCode ||= 1;
  });
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function show(stage: Stage): Promise<void> {
  console.log(`Steward on embedded Postgres, drive and cloud.\nWork is done by ${stage.whoWorks}.`);
  const owner = await showSignup(stage);
  const crowd = await showCrowd(stage);
  const project = await showProject(stage, owner, crowd);
  await showDeletion(stage, owner);
  if (!keep) await showRemoval(stage, project, crowd);
  await showViolations(stage);
  console.log(`
${keep ? "What was made stays." : "The runs stay for 30 days: what was done, for whom, and how it ended."}
  npm start             a page with all of it, at the address that it prints
  npx steward runs      the same in a terminal; npx steward why RUN explains one
  npx steward watch     how the whole stands, as it changes${keep ? "" : "\nTo keep users and project the next time: npm run demo -- --keep"}`);
}

async function showViolations({ pool }: Stage): Promise<void> {
  const { rows } = await pool.query<{ violation: string }>("select violation from steward.violations");
  console.log(`\n${keep ? 5 : 6}. What was promised`);
  if (rows.length === 0) return console.log("   steward.violations is empty.");
  for (const { violation } of rows) console.log(`   BROKEN ${violation}`);
  process.exitCode = 1;
}

/** Whether what is made is kept. */
function readArguments(): boolean {
  try {
    return parseArgs({ options: { keep: { type: "boolean", default: false } } }).values.keep;
  } catch {
    process.stderr.write("steward: usage: npm run demo -- [--keep]\n");
    process.exit(2);
  }
}
