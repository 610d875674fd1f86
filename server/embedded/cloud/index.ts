// The embedded cloud: an OpenStack Keystone v3 in miniature, for trying Steward out and for its tests. State on disk, loopback only.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type CloudState, type Counts, createAdmin, stateOf } from "./admin.ts";
import { createFaults, type Faults, type Latency } from "./faults.ts";
import { createHandler } from "./http.ts";
import { createRouter } from "./routes.ts";
import { DOMAIN, newId, openStore, type Store } from "./store.ts";
import { createTokens, hashPassword } from "./tokens.ts";

export interface CloudOptions {
  /** Where its state is kept; only one process at a time. */
  readonly dir: string;
  /** Default: any free one. */
  readonly port?: number;
  /** How long requests take, in milliseconds. Default 15 to 30. */
  readonly latency?: Latency;
  /** How long a token lives. Default 3600. */
  readonly tokenSeconds?: number;
  /** Names that differ in letter case or accents count as one, as where Keystone has MySQL. Default: as with SQLite or Postgres, they do not. */
  readonly foldsNames?: boolean;
}

export interface EmbeddedCloud {
  /** For OS_AUTH_URL. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
  readonly userDomainName: string;
  readonly projectDomainName: string;
  readonly regionName: string;
  readonly faults: Faults;
  /** What it holds, without secrets. */
  state(): CloudState;
  /** Requests so far, by method and address, such as `POST /users`. */
  readonly counts: Counts;
  /** Makes every token unknown. */
  forgetTokens(): void;
  close(): Promise<void>;
}

const REGION = "RegionOne";
const ADMIN = "admin";
const HOST = "127.0.0.1";
/** As a fresh Keystone has them; `manager` is of newer releases than the 22 that the answers are taken from. */
const ROLES = ["admin", "manager", "member", "reader"];

/** Starts it; throws what listening throws (a port in use). */
export async function startCloud(options: CloudOptions): Promise<EmbeddedCloud> {
  const store = openStore(options.dir, options.foldsNames ? asMySql : (name) => name);
  const password = await bootstrap(store);
  const faults = createFaults(options.latency ?? { min: 15, max: 30 });
  const counts: Counts = new Map();
  const server = createServer({ keepAliveTimeout: 60_000 });
  const url = () => `http://${HOST}:${portOf(server)}/v3`;
  const tokens = createTokens(store, (options.tokenSeconds ?? 3600) * 1000, REGION, url);
  const route = createRouter({ store, tokens, faults, region: REGION });
  const admin = createAdmin({ store, tokens, faults, counts });
  server.on("request", createHandler({ route, admin, faults, counts, password }));
  server.listen(options.port ?? 0, HOST);
  await once(server, "listening");

  return {
    url: url(),
    username: ADMIN,
    password,
    projectName: ADMIN,
    userDomainName: DOMAIN.name,
    projectDomainName: DOMAIN.name,
    regionName: REGION,
    faults,
    state: () => stateOf(store),
    counts,
    forgetTokens: () => tokens.forget(),
    close: () => close(server, store),
  };
}

function asMySql(name: string): string {
  return name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Makes what a fresh Keystone has: roles, the admin and its project. Returns the admin's password. */
async function bootstrap(store: Store): Promise<string> {
  for (const name of ROLES) if (store.roles.named(name) === undefined) store.roles.put({ id: newId(), name });
  const password = store.setting("admin-password", () => randomBytes(24).toString("base64url"));
  const common = { name: ADMIN, domain_id: DOMAIN.id, enabled: true, extra: {} };
  if (store.projects.named(ADMIN) === undefined) {
    store.projects.put({
      ...common,
      id: newId(),
      description: "Bootstrap project for initializing the cloud.",
      tags: [],
    });
  }
  const projectId = store.projects.named(ADMIN)?.id ?? "";
  const roleId = store.roles.named("admin")?.id ?? "";
  if (store.users.named(ADMIN) === undefined) {
    const grants = { [projectId]: [roleId] };
    store.users.put({ ...common, id: newId(), password: await hashPassword(password), grants, credentials: [] });
  }
  return password;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function close(server: Server, store: Store): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
  store.close();
}
