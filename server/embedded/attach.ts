// How a process of this application uses its embedded services.
import { join } from "node:path";
import { type Attached, attachEmbedded } from "steward/embedded/client";
import type { EmbeddedServices } from "./services.ts";

export type ServiceName = keyof EmbeddedServices;

/** Attaches to the embedded services of this data folder, starting what does not run yet. ST802 when one does not start. */
export function attachServices<Name extends ServiceName>(
  dataDir: string,
  services: readonly Name[],
): Promise<Attached<Pick<EmbeddedServices, Name>>> {
  return attachEmbedded(dataDir, { services, starters: join(import.meta.dirname, "services.ts") });
}
