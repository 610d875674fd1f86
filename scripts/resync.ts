// npm run resync -- [--user ID | --project ID | --provider NAME | --all] [--dry-run] [--remake | --lost]: compares users and projects with
// the providers, prints what differs, and has it mended. Workers do the work; it may be stopped and run again at any time.
import { parseArgs } from "node:util";
import { explain, tell } from "steward/command";
import { createOwnerPool } from "steward/pools";
import { loadConfigOrExit } from "../server/config.ts";
import { resolveDatabase } from "../server/services.ts";
import { stopOnInterrupt } from "./backfill/stop.ts";
import { type Counted, resync, type Wanted } from "./resync/pass.ts";

const USAGE =
  "usage: npm run resync -- [--user ID | --project ID | --provider NAME | --all] [--dry-run] [--remake | --lost]";

const wanted = readArguments();
const config = loadConfigOrExit();
const stopping = stopOnInterrupt();
try {
  const { database, release } = await resolveDatabase(config);
  const pool = createOwnerPool({ connectionString: database.url, applicationName: "steward resync", max: 1 });
  try {
    summarise(await resync(pool, wanted, stopping, (line) => console.log(line)));
  } finally {
    await pool.end();
    await release();
  }
} catch (error) {
  process.exitCode = stopping.aborted ? 130 : explain(error);
}

function summarise({ looked, found, known, failed, replaced }: Counted): void {
  const earlier = known > 0 ? `, ${known} known from before` : "";
  console.log(`Looked at ${looked} users and projects: ${found} new differences${earlier}.`);
  if (replaced > 0) {
    console.log(`${replaced} of them are looked at by another resync instead.`);
    process.exitCode = 1;
  }
  if (failed > 0) {
    console.log(`${failed} could not be compared; select * from steward.failures says why.`);
    process.exitCode = 1;
  }
  if (found > 0)
    console.log(wanted.isDryRun ? "Nothing was changed." : "Workers mend what can be mended; run this again to see.");
}

function readArguments(): Wanted {
  try {
    const flag = { type: "boolean", default: false } as const;
    const id = { type: "string" } as const;
    const options = { user: id, project: id, provider: id, all: flag, "dry-run": flag, remake: flag, lost: flag };
    const { values } = parseArgs({ options });
    const { user, project, provider, all, remake, lost } = values;
    if ([user, project, provider, all || undefined].filter((value) => value !== undefined).length !== 1)
      throw new Error("name one user, one project, one provider, or --all");
    if (remake && lost) throw new Error("--remake and --lost exclude each other");
    const isRemade = remake || lost ? remake : null;
    return { userId: user, projectId: project, provider, isDryRun: values["dry-run"], isRemade };
  } catch (error) {
    tell(`steward: ${error instanceof Error ? error.message.split(". ")[0] : error}; ${USAGE}`);
    process.exit(2);
  }
}
