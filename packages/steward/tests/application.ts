// The application of these tests, and databases with its tables.
import { join } from "node:path";
import type pg from "pg";
import { createTestDatabase, type TestDatabase } from "steward/testing";

export const ROOT = join(import.meta.dirname, "application");

export const TABLES = `
create table public.orders (
  id bigint generated always as identity primary key,
  customer text not null,
  state text not null default 'new'
)`;

async function setUp(_url: string, pool: pg.Pool): Promise<void> {
  await pool.query(TABLES);
}

export function createShop(services?: object): Promise<TestDatabase> {
  return createTestDatabase({ root: ROOT, setUp, ...(services && { services }) });
}

/** Returns the order's id. */
export async function order(pool: pg.Pool, customer: string): Promise<string> {
  const { rows } = await pool.query<{ id: string }>("insert into public.orders (customer) values ($1) returning id", [
    customer,
  ]);
  return String(rows[0]?.id);
}
