// What tokens are signed with and verified by, where no identity provider issues them.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { EngineConfig } from "../config/index.ts";
import { readOrCreate } from "../embedded/files.ts";

/** JWT_SECRET, or one made once for this data folder; undefined when an identity provider issues the tokens. */
export function resolveJwtSecret({ jwt, dataDir }: Pick<EngineConfig, "jwt" | "dataDir">): string | undefined {
  if (jwt.identityProvider) return undefined;
  return jwt.secret ?? readOrCreate(join(dataDir, "jwt.secret"), () => randomBytes(48).toString("base64url"));
}
