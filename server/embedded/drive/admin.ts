// The embedded drive's own addresses under /_admin: trouble on demand and a look at its state, for tests, the demo and chaos runs.
// Not part of any drive's protocol. Every request needs the administrator's password in `x-admin-password`.

import { z } from "zod";
import { Fault, Latency } from "../cloud/faults.ts";
import { header, type Reply, type Request } from "./message.ts";
import type { Store } from "./store.ts";
import { type DriveFaults, HalfMade } from "./troubles.ts";

/** All there is of an account, without secrets. */
export interface AccountState {
  readonly id: string;
  readonly displayName: string;
  readonly email: string | null;
  /** Bytes; -3 for none. */
  readonly quota: number;
  readonly enabled: boolean;
  /** Paths of files, not of folders. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  readonly trashed: readonly string[];
  readonly appPasswords: number;
}

const EVERYTHING = 1_000_000_000;

/** What the drive holds now. */
export function stateOf(store: Store): AccountState[] {
  return store.accountNames("", EVERYTHING, 0).flatMap((name) => {
    const account = store.account(name);
    if (account === undefined) return [];
    const entries = store.below(account.id, "");
    return {
      id: account.name,
      displayName: account.display_name,
      email: account.email,
      quota: account.quota,
      enabled: account.enabled === 1,
      files: entries.filter((entry) => entry.is_folder === 0).map((entry) => entry.path),
      folders: entries.filter((entry) => entry.is_folder === 1).map((entry) => entry.path),
      trashed: store.trashed(account.id),
      appPasswords: store.countAppPasswords(account.id),
    };
  });
}

/** Counts of requests by method and address with names blanked, such as `POST /ocs/v2.php/cloud/users`. */
export type Counts = Map<string, number>;

interface AdminParts {
  readonly store: Store;
  readonly faults: DriveFaults;
  readonly counts: Counts;
  readonly password: string;
}

const Down = z.strictObject({ ms: z.number().positive() });
const Maintenance = z.strictObject({ on: z.boolean() });

/**
 * GET /_admin/state, GET|DELETE /_admin/counts, POST|DELETE /_admin/faults, POST /_admin/half-made, PUT /_admin/latency,
 * PUT /_admin/maintenance, PUT /_admin/down, DELETE /_admin/limits. Bodies are JSON in the shapes of troubles.ts and faults.ts.
 */
export function createAdmin({ store, faults, counts, password }: AdminParts): (request: Request) => Reply {
  const actions: Readonly<Record<string, (body: unknown) => unknown>> = {
    "GET /_admin/state": () => stateOf(store),
    "GET /_admin/counts": () => Object.fromEntries(counts),
    "DELETE /_admin/counts": () => counts.clear(),
    "POST /_admin/faults": (body) => faults.add(Fault.parse(body)),
    "DELETE /_admin/faults": () => faults.clear(),
    "POST /_admin/half-made": (body) => faults.halfMake(HalfMade.parse(body)),
    "PUT /_admin/latency": (body) => faults.setLatency(Latency.parse(body)),
    "PUT /_admin/maintenance": (body) => faults.setMaintenance(Maintenance.parse(body).on),
    // After the answer, or it would cut its own connection.
    "PUT /_admin/down": (body) => {
      const { ms } = Down.parse(body);
      setTimeout(() => void faults.down(ms), 10);
    },
    "DELETE /_admin/limits": () => faults.forgetLimits(),
  };
  return (request) => {
    if (header(request, "x-admin-password") !== password)
      return json(401, { error: "x-admin-password is missing or wrong" });
    const action = actions[`${request.method} ${request.path}`];
    if (action === undefined) return json(404, { error: "no such address" });
    try {
      return json(200, action(parse(request.body)) ?? {});
    } catch (error) {
      if (error instanceof z.ZodError) return json(400, { error: z.prettifyError(error) });
      throw error;
    }
  };
}

function json(status: number, value: unknown): Reply {
  return { status, headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
