// The table that is purged: labels of one large user and of 999 others, in a database of its own that is copied for each round.
import { randomBytes } from "node:crypto";
import pg from "pg";

export const LARGE_USER = "00000000-0000-4000-8000-000000000000";

export interface Shape {
  /** Rows in all. */
  readonly rows: number;
  /** Of which the large user's. */
  readonly owned: number;
  /** True: the large user's rows lie together; false: strewn among the others'. */
  readonly together: boolean;
}

export interface Source {
  /** A fresh copy: its URL and how to drop it. */
  copy(): Promise<{ url: string; drop: () => Promise<void> }>;
  drop(): Promise<void>;
}

/** Builds the table in a new database of the server that `server` points to; its role must be allowed to create databases. */
export async function buildSource(server: string, shape: Shape): Promise<Source> {
  const name = `steward_bench_${randomBytes(4).toString("hex")}`;
  await once(server, `create database ${name}`);
  await once(withDatabase(server, name), ...fill(shape));
  let copies = 0;
  return {
    async copy() {
      const copy = `${name}_${copies++}`;
      await once(server, `create database ${copy} template ${name} strategy file_copy`);
      const url = withDatabase(server, copy);
      // Read once, so that the rounds begin alike; the checkpoint of the copy is over by then.
      await once(url, "select count(label_value) from labels");
      return { url, drop: () => once(server, `drop database ${copy} with (force)`) };
    },
    drop: () => once(server, `drop database ${name} with (force)`),
  };
}

function fill({ rows, owned, together }: Shape): string[] {
  const isLarge = together
    ? `n > ${Math.floor((rows - owned) / 2)} and n <= ${Math.floor((rows - owned) / 2) + owned}`
    : `hashint8(n)::bigint + 2147483648 < ${(owned / rows) * 2 ** 32}`;
  const other = "'00000000-0000-4000-8000-' || lpad((1 + n % 999)::text, 12, '0')";
  return [
    `create table labels (id bigint generated always as identity primary key, user_id uuid not null, file_id uuid not null default gen_random_uuid(),
       label_key text not null, label_value text, created_at timestamptz not null default now())`,
    `insert into labels (user_id, label_key, label_value)
       select (case when ${isLarge} then '${LARGE_USER}' else ${other} end)::uuid, 'key_' || n * 7 % 20, 'value ' || n from generate_series(1, ${rows}::bigint) n`,
    "create index on labels (user_id, label_key)",
    "create table progress (done bigint not null)",
    "insert into progress values (0)",
    "vacuum (analyze)",
    "checkpoint",
  ];
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function once(connectionString: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
