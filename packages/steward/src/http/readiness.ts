// Whether this server can do its work: the database answers and has this code's migrations. And whether workers do theirs.
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import type { FastifyInstance } from "fastify";
import type pg from "pg";
import { isPrivileged } from "../api-login.ts";
import type { ReadinessLimits } from "../config/index.ts";
import { EngineError } from "../errors/index.ts";
import { toStewardError } from "./problems.ts";

export interface Readiness {
  readonly status: "ready" | "not ready";
  readonly database: boolean;
  /** The database has all migrations that this code brings. */
  readonly migrated: boolean;
  /** Alive. Without any, what the server starts waits. */
  readonly workers: number;
  /** How long the oldest job that may run has been waiting. */
  readonly lagSeconds: number;
  /** False on a copy of the database that nobody has adopted: what lies outside is left alone. The server serves all the same. */
  readonly adopted: boolean;
  /** Why it is not ready, for a person. */
  readonly reason?: string;
}

interface Row {
  readonly migration: string;
  readonly workers: number;
  readonly lag_seconds: number;
  readonly adopted: boolean;
}

const UNREACHABLE: Readiness = {
  status: "not ready",
  database: false,
  migrated: false,
  workers: 0,
  lagSeconds: 0,
  adopted: true,
  reason: "the database cannot be reached",
};

/** Rejects when the database cannot be asked. */
export type FindReadiness = () => Promise<Readiness>;

/** /healthz: this process answers. /readyz: 200 when it can serve requests, 503 otherwise. */
export function addHealth(app: FastifyInstance, findReadiness: FindReadiness): void {
  app.get("/healthz", () => ({ status: "alive" }));
  app.get("/readyz", async (request, reply) => {
    const readiness = await findReadiness().catch((err: unknown) => {
      if (toStewardError(err)?.code !== "ST901") request.log.error({ err }, "the readiness could not be found out");
      return UNREACHABLE;
    });
    return reply.code(readiness.status === "ready" ? 200 : 503).send(readiness);
  });
}

/** Finds a server that could serve not ready when nobody does the work that it starts. */
export function withLimits(find: FindReadiness, { workerlessSeconds, lagSeconds }: ReadinessLimits): FindReadiness {
  let seenAt = performance.now();
  return async () => {
    const found = await find();
    if (found.workers > 0) seenAt = performance.now();
    if (found.status !== "ready") return found;
    const workerless = (performance.now() - seenAt) / 1_000;
    const notReady = (reason: string): Readiness => ({ ...found, status: "not ready", reason });
    if (workerlessSeconds > 0 && workerless >= workerlessSeconds)
      return notReady(`no worker for ${Math.floor(workerless)} s; READY_WORKERLESS_SECONDS is ${workerlessSeconds}`);
    if (lagSeconds > 0 && found.lagSeconds >= lagSeconds)
      return notReady(
        `the oldest job has waited for ${Math.floor(found.lagSeconds)} s; READY_LAG_SECONDS is ${lagSeconds}`,
      );
    return found;
  };
}

/** How a server asks. */
export interface ProbeOptions {
  /** The role that requests take. */
  readonly role: string;
  /** Whether the database has the application's own migrations, asked in that role; true where it has none. */
  readonly isMigrated?: ((db: Pick<pg.ClientBase, "query">) => Promise<boolean>) | undefined;
}

/** Rejects when the database cannot be asked. */
export function readReadiness(pool: pg.Pool, { role, isMigrated }: ProbeOptions): Promise<Readiness> {
  return probe(pool, role, async (client) => {
    const { rows } = await client.query<Row>(
      "select migration, workers, lag_seconds, steward.is_adopted() as adopted from steward.server_health()",
    );
    const [row] = rows;
    if (!row) return UNREACHABLE;
    const migrated = basename(row.migration) >= NEWEST_MIGRATION && ((await isMigrated?.(client)) ?? true);
    const status = migrated ? "ready" : "not ready";
    return {
      status,
      database: true,
      migrated,
      workers: row.workers,
      lagSeconds: row.lag_seconds,
      adopted: row.adopted,
      ...(migrated ? {} : { reason: "the database lacks migrations of this code" }),
    };
  });
}

/** Asks the database briefly, as the role of requests. */
export async function probe<T>(pool: pg.Pool, role: string, ask: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    const [, , , answer] = await Promise.all([
      client.query("begin read only"),
      client.query("select set_config('role', $1, true)", [role]),
      client.query("set local statement_timeout = 2000"),
      ask(client),
    ]);
    return answer;
  } finally {
    client.query("rollback").catch(() => undefined);
    client.release();
  }
}

/** Rejects with ST828 when the database lacks a migration that this code brings, or with Postgres' error when it has none at all. */
export async function requireMigrated(pool: pg.Pool, options: ProbeOptions): Promise<void> {
  if (!(await readReadiness(pool, options)).migrated) throw new EngineError("ST828");
}

/** Rejects with ST827 when this login could see past row security. */
export async function requireRestricted(pool: pg.Pool, schemas: readonly string[] | undefined): Promise<void> {
  if (await isPrivileged(pool, { schemas })) throw new EngineError("ST827");
}

const NEWEST_MIGRATION =
  globSync(join(import.meta.dirname, "../../sql/migrations/*.sql"))
    .map((file) => basename(file))
    .sort()
    .at(-1) ?? "";
