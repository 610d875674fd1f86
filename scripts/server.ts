// npm run server: the HTTP server alone. The database must have been migrated.
import { loadConfigOrExit, resolveServices } from "../server/config.ts";
import { createApiServer } from "../server/http/server.ts";
import { log } from "../server/log.ts";
import { stopSignal, untilAborted } from "../server/shutdown.ts";

const stopping = stopSignal();
const config = loadConfigOrExit();
const services = await resolveServices(config);
const server = await createApiServer({
  config,
  apiUrl: services.database.apiUrl,
  jwtSecret: services.jwtSecret,
  encryptionKey: services.encryptionKey,
});
log.info({ url: await server.listen() }, "the server listens");

await untilAborted(stopping);
await server.close();
await services.release();
process.exit(0);
