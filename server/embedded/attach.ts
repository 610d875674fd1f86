// How a process of this application uses its embedded services.
import { join } from "node:path";
import { type Attached, attachEmbedded } from "steward/embedded/client";
import type { EmbeddedServices } from "./services.ts";

export type ServiceName = keyof EmbeddedServices;

/**
 * Attaches to the embedded services of this data folder, starting what does not run yet; to those that belong to `whose`, if it is
 * given. ST802 when one does not start.
 */
export async function attachServices<Name extends ServiceName>(
  dataDir: string,
  names: readonly Name[],
  whose?: string,
): Promise<Attached<Pick<EmbeddedServices, Name>>> {
  const full = (name: Name) => (whose === undefined ? name : `${name}@${whose}`);
  const { services, release } = await attachEmbedded<Readonly<Record<string, unknown>>>(dataDir, {
    services: names.map(full),
    starters: join(import.meta.dirname, "services.ts"),
  });
  const entries = names.map((name) => [name, services[full(name)]]);
  return { services: Object.fromEntries(entries) as Pick<EmbeddedServices, Name>, release };
}
