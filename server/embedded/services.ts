// What this application's embedded process can start besides Postgres: the drive and the cloud. Imported by that process alone.
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
  async drive({ files, port }) {
    const { url, adminUser, adminPassword, close } = await startDrive({ dir: files, port });
    return { info: { url, adminUser, adminPassword }, port, close };
  },
  async cloud({ files, port }) {
    const { close, ...info } = await startCloud({ dir: files, port });
    return { info, port, close };
  },
};
