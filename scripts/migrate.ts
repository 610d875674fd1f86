// npm run migrate: brings the database of DATABASE_URL (or the embedded one) up to this code, and makes the API's login role.
import { runCommand } from "steward/command";
import { log } from "steward/log";
import { loadConfigOrExit } from "../server/config.ts";
import { migrateAll } from "../server/migrate.ts";
import { resolveDatabase } from "../server/services.ts";

await runCommand(async () => {
  const { database, release } = await resolveDatabase(loadConfigOrExit());
  try {
    const { applied, repaired } = await migrateAll({ connectionString: database.url, apiUrl: database.apiUrl, log });
    for (const name of applied) console.log(`applied ${name}`);
    for (const name of repaired) console.log(`made again: ${name}`);
    console.log(
      applied.length === 0 ? "The database is up to date." : `${applied.length} applied; the database is up to date.`,
    );
  } finally {
    await release();
  }
});
