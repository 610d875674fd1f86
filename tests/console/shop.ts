// The shop of these tests: its database, a worker and a server in this process, and a browser's view of it.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { decodeJwt, SignJWT } from "jose";
import type pg from "pg";
import type { ApiServer } from "steward/http/server";
import { signToken } from "steward/http/sign-token";
import { loadSetting, type Setting } from "steward/setting/index";
import { createServer } from "steward/setting/server";
import { workerOptions } from "steward/setting/worker";
import { createTestDatabase, type TestDatabase } from "steward/testing";
import { runWorker } from "steward/worker/preset";

const ROOT = join(import.meta.dirname, "application");
const SECRET = "a secret of the tests that is long enough to sign with";

export interface Shop {
  readonly url: string;
  readonly database: TestDatabase;
  /** Ids of orders that cannot be packed. */
  readonly refused: Set<string>;
  /** Inserts an order; returns its id. */
  order(customer?: string): Promise<string>;
  runOf(order: string): Promise<string>;
  /** Ends after so many seconds; after hours unless said. */
  token(role: "admin" | "reader", sub?: string, seconds?: number): Promise<string>;
  startWorker(): void;
  stopWorker(): Promise<void>;
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  close(): Promise<void>;
}

const setUp = async (_url: string, pool: pg.Pool) => {
  await pool.query(
    "create table public.orders (id bigint generated always as identity primary key, customer text not null)",
  );
};

export async function openShop(): Promise<Shop> {
  Object.assign(process.env, { PORT: "0", NODE_ENV: "test", JWT_SECRET: SECRET, RATE_LIMIT: "1000" });
  const suffix = randomUUID().slice(0, 8);
  const [reader, admin, login] = [`reader_${suffix}`, `admin_${suffix}`, `api_${suffix}`];
  const database = await createTestDatabase({ root: ROOT, setUp });
  await database.pool.query(`
    create role ${reader}; create role ${admin}; create role ${login} login noinherit password 'api';
    grant ${reader}, ${admin} to ${login};
    select steward.grant_reader('${reader}', claim => 'jwt.claims.sub');
    select steward.grant_reader('${admin}', all_runs => true)`);
  const apiUrl = new URL(database.url);
  [apiUrl.username, apiUrl.password] = [login, "api"];
  const loaded = await loadSetting(ROOT);
  let setting: Setting = { ...loaded, config: { ...loaded.config, readers: { reader, admin } } };
  const refused = new Set<string>();
  const openServer = async () => {
    const made = await createServer(setting, apiUrl.href, { isLocal: true });
    const url = await made.listen();
    // Where it is found again after it was stopped.
    setting = { ...setting, engine: { ...setting.engine, port: Number(new URL(url).port) } };
    return { made, url };
  };
  const first = await openServer();
  let server: ApiServer | undefined = first.made;
  let worker: { readonly stopping: AbortController; readonly running: Promise<void> } | undefined;
  const options = {
    ...(await workerOptions(setting, database.url)),
    services: { refused } as unknown as Steward.Services,
  };
  const stopWorker = async () => {
    worker?.stopping.abort();
    await worker?.running;
    worker = undefined;
  };

  const stopServer = async () => {
    await server?.close();
    server = undefined;
  };

  return {
    url: first.url,
    database,
    refused,
    async order(customer = "ada") {
      const { rows } = await database.pool.query<{ id: string }>(
        "insert into public.orders (customer) values ($1) returning id",
        [customer],
      );
      return String(rows[0]?.id);
    },
    async runOf(order) {
      const { rows } = await database.pool.query<{ id: string }>("select id from steward.runs where subject_id = $1", [
        order,
      ]);
      return String(rows[0]?.id);
    },
    async token(role, sub = randomUUID(), seconds) {
      const long = await signToken(SECRET, setting.engine.jwt, { role, sub });
      if (seconds === undefined) return long;
      const short = new SignJWT(decodeJwt(long)).setProtectedHeader({ alg: "HS256" });
      return short.setIssuedAt().setExpirationTime(`${seconds} seconds`).sign(new TextEncoder().encode(SECRET));
    },
    startWorker() {
      const stopping = new AbortController();
      worker = { stopping, running: runWorker(options, stopping.signal) };
    },
    stopWorker,
    stopServer,
    async startServer() {
      server = (await openServer()).made;
    },
    async close() {
      await stopWorker();
      await stopServer();
      await database.pool.query(`
        select steward.revoke_reader('${reader}'); select steward.revoke_reader('${admin}');
        drop role ${login}; drop role ${reader}; drop role ${admin}`);
      await database.close();
    },
  };
}
