// npm run server: the HTTP server alone. The database must have been migrated.
import { runCommand } from "../server/command.ts";
import { loadConfigOrExit, resolveServices } from "../server/config.ts";
import { logConsole } from "../server/console-log.ts";
import { createApiServer } from "../server/http/server.ts";
import { log } from "../server/log.ts";
import { stopSignal, untilAborted } from "../server/shutdown.ts";

const stopping = stopSignal();
logConsole();
await runCommand(async () => {
  const config = loadConfigOrExit();
  const { database, jwtSecret, encryptionKey, release } = await resolveServices(config);
  try {
    const server = await createApiServer({ config, apiUrl: database.apiUrl, jwtSecret, encryptionKey });
    log.info({ url: await server.listen() }, "the server listens");
    await untilAborted(stopping);
    await server.close();
  } finally {
    await release();
  }
});
