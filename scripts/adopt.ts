// npm run adopt: makes the database of DATABASE_URL, a copy so far, the one whose workers act on the accounts at the providers.
import { adopt } from "steward/adopt";
import { runCommand } from "steward/command";
import { withClient } from "steward/migrate/connect";
import { loadConfigOrExit } from "../server/config.ts";
import { resolveDatabase } from "../server/services.ts";

await runCommand(async () => {
  const config = loadConfigOrExit();
  const { database, release } = await resolveDatabase(config);
  const connection = { connectionString: database.url, application_name: "steward adopt" };
  try {
    console.log((await withClient(connection, (client) => adopt(client, config.instance))).said);
  } finally {
    await release();
  }
});
