// Stand-in providers: the embedded drive and cloud inside the test's own process, with their faults within reach.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CloudOptions, type EmbeddedCloud, startCloud } from "../../server/embedded/cloud/index.ts";
import { type DriveOptions, type EmbeddedDrive, startDrive } from "../../server/embedded/drive/server.ts";

export interface TestProviders {
  readonly drive: EmbeddedDrive;
  readonly cloud: EmbeddedCloud;
  /** What a worker process needs in its environment to use them. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Both providers, answering at once, in a folder that goes with them. */
export async function startProviders(
  driveOptions: Partial<DriveOptions> = {},
  cloudOptions: Partial<CloudOptions> = {},
): Promise<TestProviders> {
  const folder = mkdtempSync(join(tmpdir(), "steward-providers-"));
  const latency = { min: 0, max: 0 };
  const [drive, cloud] = await Promise.all([
    startDrive({ dir: join(folder, "drive"), latency, ...driveOptions }),
    startCloud({ dir: join(folder, "cloud"), latency, ...cloudOptions }),
  ]);
  return {
    drive,
    cloud,
    env: {
      NEXTCLOUD_URL: drive.url,
      NEXTCLOUD_ADMIN_USER: drive.adminUser,
      NEXTCLOUD_ADMIN_PASSWORD: drive.adminPassword,
      OS_AUTH_URL: cloud.url,
      OS_USERNAME: cloud.username,
      OS_PASSWORD: cloud.password,
      OS_PROJECT_NAME: cloud.projectName,
      OS_USER_DOMAIN_NAME: cloud.userDomainName,
      OS_PROJECT_DOMAIN_NAME: cloud.projectDomainName,
      OS_REGION_NAME: cloud.regionName,
    },
    async close() {
      await Promise.all([drive.close(), cloud.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
