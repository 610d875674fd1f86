// What the parts of the adapter share about one region.
import type { Api } from "./api.ts";
import type { ZComputeConfig } from "./config.ts";
import type { Keys } from "./keys.ts";
import type { Lists } from "./lists.ts";
import type { Roles } from "./roles.ts";

export interface Region {
  readonly api: Api;
  readonly lists: Lists;
  readonly roles: Roles;
  readonly keys: Keys;
  readonly allowed: Pick<ZComputeConfig, "createProjects" | "changeProjects" | "removeProjects" | "needsNetwork">;
}
