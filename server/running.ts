// Whether the address that this process is to serve at has a server of Steward already.
import { z } from "zod";
import type { Config } from "./config.ts";

/** A server that is there answers at once, also when its database does not. */
const PATIENCE_MS = 2_000;
const readiness = z.object({ status: z.enum(["ready", "not ready"]), migrated: z.boolean(), lagSeconds: z.number() });

/** Where it is. No token is sent to find out: it may be somebody else's. */
export async function findRunning({ host, port }: Pick<Config, "host" | "port">): Promise<string | undefined> {
  if (port === 0) return undefined;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return readiness.safeParse(await answer.json()).success ? url : undefined;
  } catch {
    return undefined;
  }
}
