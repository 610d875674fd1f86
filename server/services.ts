// From the configuration to what a process can connect to: what is not configured is embedded, or generated once into the
// data folder.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { DatabaseConfig } from "steward/config";
import { randomPassword, readOrCreate } from "steward/embedded/files";
import { withClient } from "steward/migrate/connect";
import { resolveJwtSecret } from "steward/setting/jwt-secret";
import type { CloudConfig } from "./clouds-file.ts";
import type { Config, DriveConfig } from "./config.ts";
import { attachServices, type ServiceName } from "./embedded/attach.ts";
import type { EmbeddedServices } from "./embedded/services.ts";
import { KEY_BYTES } from "./secrets.ts";

const API_LOGIN = "steward_api";

/** Says of a service whether it is the embedded one. */
export interface Origin {
  readonly embedded: boolean;
}

export interface Services {
  readonly database: DatabaseConfig & Origin;
  readonly drive: DriveConfig & Origin;
  readonly clouds: readonly (CloudConfig & Origin)[];
  /** HS256 secret; undefined when tokens come from an identity provider. */
  readonly jwtSecret: string | undefined;
  /** Key of the secrets at rest, 32 bytes. */
  readonly encryptionKey: Buffer;
  /** Gives the embedded services up; the last process to do so waits until they are down. */
  release(): Promise<void>;
}

/** Connection data of all services; starts or attaches the embedded ones that are needed. ST802 when they do not start. */
export async function resolveServices(config: Config): Promise<Services> {
  const { database, release: releaseDatabase } = await resolveDatabase(config);
  const names: Exclude<ServiceName, "postgres">[] = [];
  if (!config.drive) names.push("drive");
  if (config.clouds.length === 0) names.push("cloud");
  const attached =
    names.length > 0 ? await attachServices(config.dataDir, names, await identify(database.url)) : undefined;
  const embedded: Partial<EmbeddedServices> = attached?.services ?? {};
  return {
    database,
    drive: { ...(config.drive ?? driveOf(need(embedded.drive))), embedded: !config.drive },
    clouds: embedded.cloud
      ? [{ ...cloudOf(embedded.cloud), embedded: true }]
      : config.clouds.map((cloud) => ({ ...cloud, embedded: false })),
    jwtSecret: resolveJwtSecret(config),
    encryptionKey: resolveEncryptionKey(config),
    async release() {
      await Promise.all([attached?.release(), releaseDatabase()]);
    },
  };
}

/** Only the database, for commands that need nothing else. */
export async function resolveDatabase(config: Config): Promise<Pick<Services, "database" | "release">> {
  if (config.database) return { database: { ...config.database, embedded: false }, release: async () => undefined };
  const { services, release } = await attachServices(config.dataDir, ["postgres"]);
  return { database: { ...databaseOf(config, services.postgres), embedded: true }, release };
}

const IDENTIFY = `
select left(md5(concat_ws(' ', c.system_identifier, d.oid, d.datname)), 12) as id
from pg_control_system() c join pg_database d on d.datname = current_database()`;

/** Which database this is: what stand-ins hold belongs to one, and another one, or a copy, begins with empty ones. */
async function identify(connectionString: string): Promise<string> {
  const options = { connectionString, application_name: "steward" };
  const { rows } = await withClient(options, (client) => client.query<{ id: string }>(IDENTIFY));
  return need(rows[0]).id;
}

/** ENCRYPTION_KEY, or one made once for this data folder. */
function resolveEncryptionKey(config: Config): Buffer {
  if (config.encryptionKey) return config.encryptionKey;
  const file = join(config.dataDir, "encryption.key");
  return Buffer.from(
    readOrCreate(file, () => randomBytes(KEY_BYTES).toString("base64")),
    "base64",
  );
}

function databaseOf(config: Config, { databaseUrl }: EmbeddedServices["postgres"]): DatabaseConfig {
  const apiUrl = new URL(databaseUrl);
  apiUrl.username = API_LOGIN;
  apiUrl.password = readOrCreate(join(config.dataDir, "postgres-api.password"), randomPassword);
  return { url: databaseUrl, apiUrl: apiUrl.href };
}

function driveOf(info: EmbeddedServices["drive"]): DriveConfig {
  return { kind: "nextcloud", ...info };
}

function cloudOf({ regionName, ...login }: EmbeddedServices["cloud"]): CloudConfig {
  return { kind: "keystone", provider: "openstack", regions: [regionName], ...login };
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("what was asked for is missing from the answer");
  return value;
}
