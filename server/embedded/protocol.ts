// What a process and the embedded services' process say to each other: JSON lines over a loopback connection. The open
// connection itself means "I use the services"; when the last one is closed they stop.
import { join } from "node:path";
import { z } from "zod";
import { readIfThere, writePrivate } from "./files.ts";

const postgres = z.object({ databaseUrl: z.string() });
const drive = z.object({ url: z.string(), adminUser: z.string(), adminPassword: z.string() });
const cloud = z.object({
  url: z.string(),
  username: z.string(),
  password: z.string(),
  projectName: z.string(),
  userDomainName: z.string(),
  projectDomainName: z.string(),
  regionName: z.string(),
});

/** Connection data of the embedded services. */
export interface EmbeddedServices {
  readonly postgres: z.infer<typeof postgres>;
  readonly drive: z.infer<typeof drive>;
  readonly cloud: z.infer<typeof cloud>;
}
export type ServiceName = keyof EmbeddedServices;
export const SERVICES = ["postgres", "drive", "cloud"] as const satisfies readonly ServiceName[];

export const clientMessage = z.union([
  z.object({
    token: z.string(),
    services: z.array(z.enum(SERVICES)),
    postgresSettings: z.record(z.string().regex(/^[a-z_.]+$/), z.string()),
  }),
  z.object({ release: z.literal(true) }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

export const serverMessage = z.union([
  // Said at once: tells our process from a stranger that got the port since.
  z.object({ welcome: z.literal(true) }),
  z.object({ services: z.object({ postgres, drive, cloud }).partial() }),
  z.object({ failure: z.string() }),
]);
export type ServerMessage = z.infer<typeof serverMessage>;

const state = z.object({
  /** Where the running process listens; absent when it stopped in order. */
  control: z.object({ port: z.int(), token: z.string(), pid: z.int() }).optional(),
  /** Ports of the services, kept for the next start. */
  ports: z.partialRecord(z.enum(SERVICES), z.int()),
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
