// npm run server: the HTTP server alone. The database must have been migrated.
import { runCommand } from "steward/command";
import { logConsole } from "steward/console-log";
import { log } from "steward/log";
import { stopSignal, untilAborted } from "steward/shutdown";
import { createApi } from "../server/api.ts";
import { loadConfigOrExit } from "../server/config.ts";
import { resolveServices } from "../server/services.ts";

const stopping = stopSignal();
logConsole();
await runCommand(async () => {
  const config = loadConfigOrExit();
  const { database, jwtSecret, encryptionKey, release } = await resolveServices(config);
  try {
    const server = await createApi({ config, apiUrl: database.apiUrl, jwtSecret, encryptionKey });
    log.info({ url: await server.listen() }, "the server listens");
    await untilAborted(stopping);
    await server.close();
  } finally {
    await release();
  }
});
