// npm run migrate: brings the database of DATABASE_URL (or the embedded one) up to this code, and makes the API's login role.
import { loadConfigOrExit } from "../server/config.ts";
import { StewardError } from "../server/errors.ts";
import { log } from "../server/log.ts";
import { migrate } from "../server/migrate/index.ts";
import { resolveDatabase } from "../server/services.ts";

try {
  const { database, release } = await resolveDatabase(loadConfigOrExit());
  try {
    const { applied } = await migrate({ connectionString: database.url, apiUrl: database.apiUrl, log });
    for (const name of applied) console.log(`applied ${name}`);
    console.log(
      applied.length === 0 ? "The database is up to date." : `${applied.length} applied; the database is up to date.`,
    );
  } finally {
    await release();
  }
} catch (error) {
  if (!(error instanceof StewardError)) throw error;
  // Nobody tries this again by itself.
  process.stderr.write(`steward: ${error.message} ${error.code === "ST901" ? "Check DATABASE_URL." : error.next}\n`);
  process.exitCode = 1;
}
