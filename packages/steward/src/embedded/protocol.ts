// What a process and the embedded services' process say to each other: JSON lines over a loopback connection. The open
// connection itself means "I use the services"; when the last one is closed they stop.
import { join } from "node:path";
import { z } from "zod";
import { readIfThere, writePrivate } from "./files.ts";

/** Connection data of the services that run, by their names. */
export type ServiceInfos = Readonly<Record<string, unknown>>;

/** What every embedded process can start. */
export interface PostgresInfo {
  readonly databaseUrl: string;
}

export const clientMessage = z.union([
  z.object({
    token: z.string(),
    services: z.array(z.string().regex(/^[a-z]+(@[a-z0-9]+)?$/)),
    postgresSettings: z.record(z.string().regex(/^[a-z_.]+$/), z.string()),
  }),
  z.object({ release: z.literal(true) }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

export const serverMessage = z.union([
  // Said at once: tells our process from a stranger that got the port since.
  z.object({ welcome: z.literal(true) }),
  z.object({ services: z.record(z.string(), z.unknown()) }),
  z.object({ failure: z.string() }),
]);
export type ServerMessage = z.infer<typeof serverMessage>;

const state = z.object({
  /** Where the running process listens; absent when it stopped in order. */
  control: z.object({ port: z.int(), token: z.string(), pid: z.int() }).optional(),
  /** Ports of the services, kept for the next start. */
  ports: z.record(z.string(), z.int()),
});
export type State = z.infer<typeof state>;

/** The state file's content; an empty state when there is none or it is damaged (ports are then chosen anew). */
export function readState(dataDir: string): State {
  const text = readIfThere(statePath(dataDir));
  try {
    return state.parse(JSON.parse(text ?? ""));
  } catch {
    return { ports: {} };
  }
}

export function writeState(dataDir: string, next: State): void {
  writePrivate(statePath(dataDir), `${JSON.stringify(next, undefined, 2)}\n`);
}

function statePath(dataDir: string): string {
  return join(dataDir, "embedded.json");
}

/** A process that begins to start the services says so with this file, so that twenty at once do not start twenty. */
export function claimPath(dataDir: string): string {
  return join(dataDir, "embedded.starting");
}

export function lockPath(dataDir: string): string {
  return join(dataDir, "embedded.lock");
}
