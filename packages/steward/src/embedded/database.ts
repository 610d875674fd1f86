// The database inside the embedded Postgres and its owner, and how that connects.
import pg from "pg";
import { log } from "../log.ts";
import { OWNER, SUPERUSER } from "./cluster.ts";
import { hasCode } from "./files.ts";

const DATABASE = "steward";
const WRONG_LOGIN = "28P01";
const NO_DATABASE = "3D000";

export interface Passwords {
  readonly superuserPassword: string;
  readonly ownerPassword: string;
}

/** The owner's connection string. */
export function ownerUrl(port: number, password: string): string {
  return urlFor(port, OWNER, password, DATABASE);
}

/** Connects to our database as its owner, making both on the first start. False while the server does not answer yet. */
export async function ensureDatabase(port: number, { superuserPassword, ownerPassword }: Passwords): Promise<boolean> {
  try {
    await query(ownerUrl(port, ownerPassword), "select 1");
    return true;
  } catch (error) {
    if (!hasCode(error, NO_DATABASE) && !hasCode(error, WRONG_LOGIN)) return false;
  }
  await setUp(urlFor(port, SUPERUSER, superuserPassword, "postgres"), ownerPassword).catch((err: unknown) =>
    log.warn({ err }, "the database could not be made yet"),
  );
  return false;
}

/** May have been interrupted between its steps. */
async function setUp(superuserUrl: string, ownerPassword: string): Promise<void> {
  const owner = `login createrole createdb password ${pg.escapeLiteral(ownerPassword)}`;
  await query(
    superuserUrl,
    `do $$ begin if to_regrole('${OWNER}') is null then create role ${OWNER}; end if; end $$; alter role ${OWNER} ${owner}`,
  );
  await query(superuserUrl, `create database ${DATABASE} owner ${OWNER}`);
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

function urlFor(port: number, role: string, password: string, database: string): string {
  // sslmode: a PGSSLMODE in the caller's environment is meant for another server.
  return `postgres://${role}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}
