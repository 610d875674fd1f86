// A server process for tests, as users start it in production.
import { createDatabase, type TestDatabase, waitFor } from "./database.ts";
import { startWorker } from "./worker.ts";

export interface TestServer {
  readonly url: string;
  readonly pid: number;
  readonly database: TestDatabase;
  /** All that it printed. */
  log(): string;
  close(): Promise<void>;
}

/** Verifies tokens with the tests' secret. */
export async function startServer(secret: string, env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const database = await createDatabase();
  const child = startWorker({
    kind: "scripts/server.ts",
    databaseUrl: database.ownerUrl,
    apiUrl: database.apiUrl,
    env: { NODE_ENV: "production", PORT: "0", JWT_SECRET: secret, ...PROVIDERS, ...env },
  });
  const url = await waitFor(() => /"url":"(http[^"]+)"/.exec(child.log())?.[1], {
    timeoutMs: 30_000,
    what: "the server",
  });
  return {
    url,
    pid: child.pid,
    database,
    log: child.log,
    async close() {
      await child.stop();
      await database.close();
    },
  };
}

/** Nothing listens there; the server never calls them. */
const PROVIDERS = {
  NEXTCLOUD_URL: "http://127.0.0.1:9",
  NEXTCLOUD_ADMIN_USER: "admin",
  NEXTCLOUD_ADMIN_PASSWORD: "secret",
  OS_AUTH_URL: "http://127.0.0.1:9/v3",
  OS_USERNAME: "admin",
  OS_PASSWORD: "secret",
  OS_PROJECT_NAME: "admin",
  OS_USER_DOMAIN_NAME: "Default",
  OS_PROJECT_DOMAIN_NAME: "Default",
  OS_REGION_NAME: "RegionOne",
};
