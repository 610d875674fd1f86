// A drive that answers slowly and works on two requests at a time: how long signups take with places that adapt, against four that
// do not, and 32. A real drive would answer in 10 s with 30 s to do so; here all takes a hundredth. npm run bench -- overload
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Services } from "steward/engine/step";
import { startDrive } from "../server/embedded/drive/server.ts";
import { createNextcloud } from "../server/providers/nextcloud/index.ts";
import { open, seal } from "../server/secrets.ts";
import driveAccount from "../tasks/drive_account.ts";
import driveCleanup from "../tasks/drive_cleanup.ts";
import onboard from "../tasks/onboard.ts";
import "../server/task-services.ts";
import { openBenchDatabase } from "./helpers/postgres.ts";
import { startBenchWorker } from "./helpers/worker.ts";

const ANSWER_MS = 100;
const ALLOWED_MS = 3 * ANSWER_MS;
const WORKS_ON = 2;
const LONGEST_S = 150;
const SIGNUPS = Number(process.argv[2] ?? 60);
const SETTINGS: Readonly<Record<string, string>> = {
  "four places": "at_once = 4, places = null",
  "places that adapt": "at_once = 32, places = 4",
  "32 places": "at_once = 32, places = null",
};

console.log(`${SIGNUPS} signups; a drive that answers in ${ANSWER_MS} ms and works on ${WORKS_ON} requests at a time:`);
for (const [name, settings] of Object.entries(SETTINGS)) console.log(`  ${name.padEnd(18)} ${await measure(settings)}`);

async function measure(settings: string): Promise<string> {
  const database = await openBenchDatabase();
  const dir = await mkdtemp(join(tmpdir(), "steward-bench-drive-"));
  const drive = await startDrive({ dir, latency: { min: ANSWER_MS, max: ANSWER_MS }, atOnce: WORKS_ON });
  const { pool, url } = database;
  try {
    await pool.query(`update steward.lanes set narrowed_at = null, ${settings} where name = 'drive'`);
    await pool.query("insert into app_public.users (username) select 'p' || n from generate_series(1, $1) n", [
      SIGNUPS,
    ]);
    const begun = performance.now();
    const stop = await startBenchWorker(
      url,
      { onboard, drive_account: driveAccount, drive_cleanup: driveCleanup },
      "ours",
      services(drive),
    );
    const seen = { done: 0, places: new Set<string>() };
    while (seen.done < SIGNUPS && performance.now() - begun < LONGEST_S * 1_000) {
      const { rows } = await pool.query<{ done: number; places: string }>(
        "select (select count(*)::int from steward.runs where status = 'succeeded') as done, floor(places)::text as places from steward.lanes where name = 'drive'",
      );
      seen.done = rows[0]?.done ?? 0;
      seen.places.add(rows[0]?.places ?? "");
      await sleep(100);
    }
    const seconds = (performance.now() - begun) / 1_000;
    const { rows } = await pool.query<{ late: number }>(
      "select count(*)::int as late from steward.attempts where error_code = 'ST504'",
    );
    const requests = [...drive.counts.values()].reduce((sum, count) => sum + count, 0);
    await stop();
    return `${seen.done} done in ${seconds.toFixed(0)} s, ${(seen.done / seconds).toFixed(2)}/s; ${requests} requests, ${rows[0]?.late} attempts too late; places ${[...seen.places].join(" ")}`;
  } finally {
    await drive.close();
    await rm(dir, { recursive: true });
    await database.close();
  }
}

function services(drive: { url: string; adminUser: string; adminPassword: string }): Services {
  const key = randomBytes(32);
  return {
    drive: createNextcloud({ ...drive, timeoutMs: ALLOWED_MS }),
    assistantModel: "none",
    remakesWhatIsGone: true,
    seal: (plaintext, context) => seal(key, plaintext, context),
    open: (sealed, context) => open(key, sealed, context),
  } as Services;
}
