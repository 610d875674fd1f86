// What this application's embedded process can start besides Postgres: the drive and the cloud. Imported by that process alone.
import { join } from "node:path";
import type { PostgresInfo } from "steward/embedded/protocol";
import type { Starter } from "steward/embedded/services";
import { startCloud } from "./cloud/index.ts";
import { startDrive } from "./drive/server.ts";

/** Connection data of the embedded services. */
export interface EmbeddedServices {
  readonly postgres: PostgresInfo;
  readonly drive: { readonly url: string; readonly adminUser: string; readonly adminPassword: string };
  readonly cloud: {
    readonly url: string;
    readonly username: string;
    readonly password: string;
    readonly projectName: string;
    readonly userDomainName: string;
    readonly projectDomainName: string;
    readonly regionName: string;
  };
}

export const starters: Readonly<Record<string, Starter>> = {
  async drive({ dataDir, port }) {
    const { url, adminUser, adminPassword, close } = await startDrive({ dir: join(dataDir, "drive"), port });
    return { info: { url, adminUser, adminPassword }, port, close };
  },
  async cloud({ dataDir, port }) {
    const { close, ...info } = await startCloud({ dir: join(dataDir, "cloud"), port });
    return { info, port, close };
  },
};
