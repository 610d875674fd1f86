// Whether this server can do its work: the database answers and has this code's migrations. And how the workers are doing.
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import type { FastifyInstance } from "fastify";
import type pg from "pg";
import { isPrivileged } from "../api-login.ts";
import { EngineError } from "../errors/index.ts";
import { toStewardError } from "./problems.ts";

export interface Readiness {
  readonly status: "ready" | "not ready";
  readonly database: boolean;
  /** The database has all migrations that this code brings. */
  readonly migrated: boolean;
  /** Alive. Without any the server still answers; what it starts waits. */
  readonly workers: number;
  /** How long the oldest job that may run has been waiting. */
  readonly lagSeconds: number;
  /** False on a copy of the database that nobody has adopted: what lies outside is left alone. The server serves all the same. */
  readonly adopted: boolean;
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
export async function requireRestricted(pool: pg.Pool): Promise<void> {
  if (await isPrivileged(pool)) throw new EngineError("ST827");
}

const NEWEST_MIGRATION =
  globSync(join(import.meta.dirname, "../../sql/migrations/*.sql"))
    .map((file) => basename(file))
    .sort()
    .at(-1) ?? "";
