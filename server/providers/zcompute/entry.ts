// From an entry of CLOUDS_FILE to what the adapter needs to know.
import type { CloudConfig } from "../../clouds-file.ts";
import type { ZComputeConfig } from "./config.ts";

export type ZComputeEntry = Extract<CloudConfig, { kind: "zcompute" }>;

/** `limits`: those of the process. */
export function configOf(
  entry: ZComputeEntry,
  limits: Pick<ZComputeConfig, "maxInFlight" | "timeoutMs">,
): ZComputeConfig {
  const { account, username, password, project, totpSecret, keys } = entry;
  const url = entry.url.replace(/\/+$/, "");
  const { provider, createProjects, changeProjects, removeProjects, needsNetwork, roles, ca } = entry;
  return {
    name: provider,
    regions: entry.regions.map((name) => ({ name, url, account, username, password, project, totpSecret, keys })),
    createProjects,
    changeProjects,
    removeProjects,
    needsNetwork,
    roles,
    ca,
    ...limits,
  };
}
