// npm run demo: the three lifecycles on the embedded services, with progress bars. Takes about a minute; may be run again and
// again, beside npm start or alone.
import { runCommand } from "steward/command";
import { showCrowd } from "./demo/crowd.ts";
import { showDeletion } from "./demo/deletion.ts";
import { showProject } from "./demo/project.ts";
import { showSignup } from "./demo/signup.ts";
import { openStage, type Stage } from "./demo/stage.ts";

await runCommand(async () => {
  const stage = await openStage();
  try {
    await show(stage);
  } catch (error) {
    explain(error, stage.stopping);
  } finally {
    await stage.close();
  }
});

function explain(error: unknown, stopping: AbortSignal): void {
  if (stopping.aborted) {
    console.log("\n\nStopped. What had begun goes on as soon as a worker runs: npm start");
    process.exitCode = 130;
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`\nsteward: the demo ended early: ${message}\n`);
  process.exitCode = 1;
}

async function show(stage: Stage): Promise<void> {
  console.log(`Steward on embedded Postgres, drive and cloud.\nWork is done by ${stage.whoWorks}.`);
  const owner = await showSignup(stage);
  const crowd = await showCrowd(stage);
  await showProject(stage, owner, crowd);
  await showDeletion(stage, owner);
  await showViolations(stage);
  console.log(`
To look at what was made: npm start, and the page at the address that it prints;
in a terminal: npx steward runs, npx steward status, npx steward watch`);
}

async function showViolations({ pool }: Stage): Promise<void> {
  const { rows } = await pool.query<{ violation: string }>("select violation from steward.violations");
  console.log("\n5. What was promised");
  if (rows.length === 0) return console.log("   steward.violations is empty.");
  for (const { violation } of rows) console.log(`   BROKEN ${violation}`);
  process.exitCode = 1;
}
