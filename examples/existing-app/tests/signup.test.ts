import assert from "node:assert/strict";
import { after, test } from "node:test";
import { runner } from "node-pg-migrate";
import type { Pool } from "pg";
import { createTestDatabase } from "steward/testing";

const ROLES = ["shop_app", "shop_customer", "shop_support"];

/** The shop's own migrations; its roles, where the test server has none. */
async function setUp(databaseUrl: string, pool: Pool): Promise<void> {
  for (const role of ROLES)
    await pool.query(`do $$ begin create role ${role}; exception when duplicate_object then null; end $$`);
  await runner({ databaseUrl, dir: "migrations", direction: "up", migrationsTable: "tea_migrations", log: () => {} });
}

const database = await createTestDatabase({ setUp });
after(() => database.close());

test("a new customer gets a basket, and an offer for each favourite", async () => {
  const { rows } = await database.pool.query(
    `insert into shop."Customer" ("fullName", favourites) values ('Ada', '{assam,sencha}') returning "customerId" as id`,
  );
  await database.drain();
  await database.expectRun({ kind: "customer_signup", subject: rows[0].id, status: "succeeded" });
  const offers = await database.pool.query(`select sku from shop."Offer" where "customerId" = $1 order by 1`, [
    rows[0].id,
  ]);
  assert.deepEqual(offers.rows, [{ sku: "assam" }, { sku: "sencha" }]);
});
