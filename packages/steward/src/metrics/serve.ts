// /metrics and /healthz of a worker process, which has no other server.
import { createServer } from "node:http";
import { cached } from "../cached.ts";
import { log } from "../log.ts";
import { createOwnerPool, endPool } from "../pools.ts";
import { createDatabaseMetrics, MEASURE, type Measured } from "./database.ts";
import { processMetrics } from "./process.ts";

/** A scrape costs the database one look in so many milliseconds, however many scrape. */
const CACHE_MS = 1_000;

export interface MetricsServerOptions {
  readonly host: string;
  /** METRICS_PORT; undefined: nothing is served. */
  readonly metricsPort: number | undefined;
}

/**
 * Listens until stopped, and keeps no process alive. A port that is taken is told in the log: the worker works all the same.
 * `connectionString` is the owner's.
 */
export function serveMetrics(
  { host, metricsPort: port }: MetricsServerOptions,
  connectionString: string,
): { stop(): Promise<void> } {
  if (port === undefined) return { stop: () => Promise.resolve() };
  const pool = createOwnerPool({ connectionString, applicationName: "steward metrics", max: 1 });
  const database = createDatabaseMetrics(async () => (await pool.query<Measured>(MEASURE)).rows);
  const text = cached(CACHE_MS, async () => {
    const missing = (err: unknown) => {
      log.warn({ err }, "the database could not be measured; its metrics are missing");
      return "";
    };
    return (await Promise.all([processMetrics.metrics(), database.text().catch(missing)])).join("\n");
  });
  const server = createServer((request, response) => {
    if (request.url === "/healthz") return response.end('{"status":"alive"}');
    if (request.url !== "/metrics") return response.writeHead(404).end();
    return void text().then(
      (body) => response.writeHead(200, { "content-type": processMetrics.contentType }).end(body),
      (err: unknown) => {
        log.error({ err }, "the metrics could not be made");
        response.writeHead(500).end();
      },
    );
  });
  server.on("error", (err) =>
    log.error({ err }, `METRICS_PORT ${port} cannot be listened on; this worker has no /metrics`),
  );
  server.listen(port, host);
  server.unref();
  return {
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await endPool(pool);
    },
  };
}
