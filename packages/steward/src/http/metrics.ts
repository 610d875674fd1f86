// /metrics in Prometheus' format: this process, its requests, the database, and how the workers are doing.
import type { FastifyInstance } from "fastify";
import type pg from "pg";
import { Gauge, Histogram, Registry } from "prom-client";
import { cached } from "../cached.ts";
import { createDatabaseMetrics, type Measure } from "../metrics/database.ts";
import { processMetrics } from "../metrics/process.ts";
import { PROBE_CACHE_MS } from "./limits.ts";
import type { FindReadiness, Readiness } from "./readiness.ts";

export interface MetricsSources {
  readonly pool: pg.Pool;
  readonly findReadiness: FindReadiness;
  readonly measure: Measure;
  readonly websockets: () => number;
  readonly watched: () => number;
}

/** Holds nothing about anybody; it is served where the API is, so a public server hides the path at its proxy. */
export function addMetrics(
  app: FastifyInstance,
  { pool, findReadiness, measure, websockets, watched }: MetricsSources,
): void {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Histogram({
    name: "steward_http_request_seconds",
    help: "How long requests took, by route and status.",
    labelNames: ["route", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  let readiness: Readiness | undefined;
  gauge("steward_websockets", "Open websockets.", websockets);
  gauge("steward_subscribed", "Runs and other things that somebody is subscribed to or waits for.", watched);
  gauge("steward_database_connections", "Connections of the server's pool.", () => pool.totalCount);
  gauge("steward_database_waiting", "Requests that wait for a connection.", () => pool.waitingCount);
  gauge("steward_ready", "1 when /readyz says so.", () => (readiness?.status === "ready" ? 1 : 0));
  gauge(
    "steward_lag_seconds",
    "How long the oldest job that may run has been waiting.",
    () => readiness?.lagSeconds ?? Number.NaN, // unknown is not none
  );

  const series = new Map<string, Histogram.Internal<"route" | "status">>();
  app.addHook("onResponse", (request, reply, done) => {
    if (reply.hasHeader("preference-applied")) return done(); // held back because its client wished so
    const route = request.routeOptions.url ?? "none";
    const key = `${reply.statusCode} ${route}`;
    const observed = series.get(key) ?? requests.labels({ route, status: String(reply.statusCode) });
    series.set(key, observed);
    observed.observe(reply.elapsedTime / 1000);
    done();
  });
  const database = createDatabaseMetrics(measure);
  const text = cached(PROBE_CACHE_MS, async () => {
    readiness = await findReadiness().catch(() => undefined);
    const parts = await Promise.all([processMetrics.metrics(), registry.metrics(), database.text().catch(() => "")]);
    return parts.join("\n");
  });
  app.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await text()));
}
