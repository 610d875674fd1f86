// Logins of a test's own: what a role may do depends on who logged in, not only on the role that a session has taken.
import { randomBytes } from "node:crypto";
import type pg from "pg";
import { withClient } from "steward/migrate/connect";
import type { TestDatabase } from "./database.ts";

const PASSWORD = "a login of the tests";

/**
 * Lends `work` a connection of a new login that is gone afterwards. `attributes` are those of `create role`; `rights` are statements
 * that a superuser runs first, with the login's name in place of LOGIN.
 */
export async function withLogin<T>(
  database: TestDatabase,
  { attributes = "", rights = [] }: { attributes?: string; rights?: readonly string[] },
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const name = `login_${randomBytes(6).toString("hex")}`;
  return withClient({ connectionString: database.superuserUrl }, async (superuser) => {
    await superuser.query(`create role ${name} login password '${PASSWORD}' ${attributes}`);
    try {
      for (const right of rights) await superuser.query(right.replaceAll("LOGIN", name));
      const url = new URL(database.superuserUrl);
      url.username = name;
      url.password = PASSWORD;
      return await withClient({ connectionString: url.href }, work);
    } finally {
      await superuser.query(`drop owned by ${name}; drop role ${name}`);
    }
  });
}

/** Runs `work` in a transaction that is rolled back. */
export async function undone<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query("begin");
  try {
    return await work();
  } finally {
    await client.query("rollback");
  }
}
