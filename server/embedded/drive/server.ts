// The embedded drive: an HTTP server that answers like a Nextcloud 32 as far as Steward asks one, with its traps, and keeps its state on disk.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createLimit } from "steward/limit";
import type { Fault, Latency } from "../cloud/faults.ts";
import { type AccountState, type Counts, createAdmin, stateOf } from "./admin.ts";
import { createAuth } from "./auth.ts";
import { createDavHandler, DAV_FILES } from "./dav.ts";
import { davError } from "./dav-reply.ts";
import { createEditLimit } from "./limits.ts";
import { type Reply, type Request, readRequest, sendReply } from "./message.ts";
import { createOcsHandler } from "./ocs.ts";
import { envelope } from "./ocs-reply.ts";
import { makeSecret, openStore } from "./store.ts";
import { createTroubles, type DriveFaults } from "./troubles.ts";

export interface DriveOptions {
  /** Where its state is kept; made if it is missing. */
  readonly dir: string;
  /** 0 (the default) takes any free one. */
  readonly port?: number;
  /** Kept from the first start on; made up there when it is not given. */
  readonly adminPassword?: string;
  /** How long each request takes at least, in milliseconds. Default 5 to 20. */
  readonly latency?: Latency;
  /** How many requests it works on at a time; the others wait. Default: all. */
  readonly atOnce?: number;
  /** How many edits it takes in how long. Default 50 in ten minutes, as the real one. */
  readonly editLimit?: { readonly edits: number; readonly windowMs: number };
}

export interface EmbeddedDrive {
  readonly url: string;
  readonly port: number;
  readonly adminUser: string;
  readonly adminPassword: string;
  readonly faults: DriveFaults;
  /** Requests so far by method and address, with account names and files blanked. */
  readonly counts: Counts;
  /** The most deletions of files that were under way at once. */
  readonly mostDeletesAtOnce: () => number;
  readonly state: () => AccountState[];
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const NEVER = new AbortController().signal;
const ADMIN = "admin";
const COME_BACK_MS = 100;

/** Starts the drive; resolves when it answers. */
export async function startDrive(options: DriveOptions): Promise<EmbeddedDrive> {
  const store = openStore(options.dir);
  const adminPassword = ensureAdmin(store, options.adminPassword);
  const auth = createAuth(store, ADMIN);
  const edits = createEditLimit(options.editLimit);
  const counts: Counts = new Map();
  const deletes = { now: 0, most: 0 };
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  const limit = createLimit(options.atOnce ?? Number.POSITIVE_INFINITY);
  let port = options.port ?? 0;
  let back: NodeJS.Timeout | undefined;

  const faults = createTroubles(options.latency ?? { min: 5, max: 20 }, down, () => {
    auth.forget();
    edits.forget();
  });
  const ocs = createOcsHandler({ store, auth, edits, stopHalfway: faults.stopHalfway });
  const dav = createDavHandler(store, auth);
  const admin = createAdmin({ store, faults, counts, password: adminPassword });

  async function route(request: Request): Promise<Reply> {
    if (request.path === "/status.php") return status(faults.inMaintenance);
    if (request.path.startsWith("/ocs/")) return faults.inMaintenance ? ocsMaintenance(request) : ocs(request);
    if (!request.path.startsWith(DAV_FILES)) return { status: 404, body: "" };
    if (faults.inMaintenance)
      return davError(503, "OCA\\DAV\\Exception\\ServerMaintenanceMode", "System in maintenance mode.");
    return dav(request);
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const request = await readRequest(incoming);
      if (request === undefined) return void incoming.socket.destroy();
      if (request.path.startsWith("/_admin/")) return sendReply(outgoing, admin(request));
      count(counts, request);
      if (request.method === "DELETE" && request.path.startsWith(DAV_FILES)) {
        deletes.most = Math.max(deletes.most, ++deletes.now);
        outgoing.once("close", () => deletes.now--);
      }
      // As with the real one, a request that waits is worked on also when nobody waits for its answer any more.
      await limit(NEVER, async () => {
        await faults.pass();
        await answer(request, incoming, outgoing, faults.take(request.method, request.path));
      });
    } catch {
      // The other side went away while it spoke; there is nobody to tell.
      incoming.socket.destroy();
    }
  }

  async function answer(
    request: Request,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    if (fault?.kind === "hang") return;
    if (fault?.kind === "drop") return void incoming.socket.destroy();
    if (fault?.kind === "fail" || fault?.kind === "throttle") return sendReply(outgoing, failure(request, fault));
    if (fault?.kind === "delay") await sleep(fault.ms, undefined, { ref: false });
    const reply = await route(request).catch(
      (): Reply => envelope(request, { code: 996, http: 500, message: "Internal Server Error" }),
    );
    if (fault?.kind === "cut") return void incoming.socket.destroy();
    if (fault?.kind === "late") await sleep(fault.ms, undefined, { ref: false });
    sendReply(outgoing, reply);
  }

  function listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, HOST, () => {
        server.off("error", reject);
        port = (server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  function stop(): Promise<void> {
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async function down(ms: number): Promise<void> {
    clearTimeout(back);
    await stop();
    back = setTimeout(comeBack, ms);
  }

  /** The port may have been taken meanwhile: whoever has it is waited for, as our clients know no other. */
  function comeBack(): void {
    listen().catch(() => {
      back = setTimeout(comeBack, COME_BACK_MS);
    });
  }

  await listen();
  return {
    url: `http://${HOST}:${port}`,
    port,
    adminUser: ADMIN,
    adminPassword,
    faults,
    counts,
    mostDeletesAtOnce: () => deletes.most,
    state: () => stateOf(store),
    async close() {
      clearTimeout(back);
      await stop();
      store.close();
    },
  };
}

/** The administrator's account, with a password that stays the same over restarts unless another is given. */
function ensureAdmin(store: ReturnType<typeof openStore>, given: string | undefined): string {
  const password = given ?? store.meta("admin_password") ?? makeSecret(32);
  if (store.account(ADMIN) === undefined) store.addAccount(ADMIN, password, ADMIN, null, -3);
  else store.setPassword(ADMIN, password);
  store.setMeta("admin_password", password);
  return password;
}

function count(counts: Counts, request: Request): void {
  const path = request.path.startsWith(DAV_FILES) ? DAV_FILES : request.path.replace(/(\/cloud\/users)\/[^/]+/, "$1/*");
  const key = `${request.method} ${path}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function failure(request: Request, fault: Fault): Reply {
  const headers: Record<string, string> =
    fault.retryAfterSeconds === undefined ? {} : { "Retry-After": String(fault.retryAfterSeconds) };
  if (fault.kind === "throttle")
    return { status: 429, headers: { "Content-Type": "text/html; charset=UTF-8", ...headers }, body: "" };
  if (fault.status !== 500 || !request.path.startsWith("/ocs/")) return { status: fault.status, headers, body: "" };
  return envelope(request, { code: 996, http: 500, message: "Internal Server Error" });
}

function ocsMaintenance(request: Request): Reply {
  const reply = envelope(request, { code: 503, http: 503, message: "Service unavailable" });
  return { ...reply, headers: { ...reply.headers, "X-Nextcloud-Maintenance-Mode": "1" } };
}

function status(maintenance: boolean): Reply {
  const body = JSON.stringify({
    installed: true,
    maintenance,
    needsDbUpgrade: false,
    version: "32.0.1.2",
    productname: "Nextcloud",
  });
  return { status: 200, headers: { "Content-Type": "application/json" }, body };
}
