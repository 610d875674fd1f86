// The database inside the embedded Postgres, and how its owner connects to it.
import pg from "pg";
import { log } from "../log.ts";
import { OWNER } from "./cluster.ts";
import { hasCode } from "./files.ts";

const DATABASE = "steward";

/** The owner's connection string. */
export function ownerUrl(port: number, password: string): string {
  return urlFor(port, password, DATABASE);
}

/** Connects to our database, making it on the first start. False while the server does not answer yet. */
export async function ensureDatabase(port: number, password: string): Promise<boolean> {
  try {
    await query(urlFor(port, password, DATABASE), "select 1");
    return true;
  } catch (error) {
    if (!hasCode(error, "3D000")) return false;
  }
  await query(urlFor(port, password, "postgres"), `create database ${DATABASE}`).catch((err: unknown) =>
    log.warn({ err }, "the database could not be made yet"),
  );
  return false;
}

async function query(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function urlFor(port: number, password: string, database: string): string {
  // sslmode: a PGSSLMODE in the caller's environment is meant for another server.
  return `postgres://${OWNER}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}
