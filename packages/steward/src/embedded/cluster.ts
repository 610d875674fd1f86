// The embedded Postgres' data folder: made on the first start, found again on every other.
import { execFile } from "node:child_process";
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { EngineError, type StewardError } from "../errors/index.ts";
import type { Binaries } from "./binaries.ts";
import { findBinaries } from "./binaries.ts";
import { anothersFile, randomPassword, readIfThere, readOrCreate } from "./files.ts";
import { chooseLauncher, type Launcher } from "./run-as.ts";

const run = promisify(execFile);

/** For what only a superuser may: making the owner and the database. Nothing else connects as it. */
export const SUPERUSER = "postgres";
/** Owns the database; as elsewhere, it is no superuser. */
export const OWNER = "steward";

export interface Cluster {
  readonly binaries: Binaries;
  readonly launcher: Launcher;
  /** Postgres' own data folder. */
  readonly folder: string;
  readonly superuserPassword: string;
  readonly ownerPassword: string;
}

/** What Postgres' programs see of our environment: nothing of PGPORT, PGDATA or LC_* that the caller may have set. */
export const programEnvironment = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", TZ: "UTC" };

/** Opens the cluster under `<dataDir>/postgres`, made by initdb if there is none yet. `safe: false` skips its fsyncs. */
export async function openCluster(dataDir: string, safe: boolean): Promise<Cluster> {
  const home = join(dataDir, "postgres");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  refuseForeignFolder(home);
  const binaries = findBinaries();
  const launcher = await chooseLauncher(home, binaries.postgres);
  const folder = join(home, "data");
  const isNew = !existsSync(join(folder, "PG_VERSION"));
  const ownerFile = join(dataDir, "postgres-owner.password");
  if (!isNew && readIfThere(ownerFile) === undefined) throw earlierVersions(home);
  const superuserPassword = readOrCreate(join(dataDir, "postgres.password"), randomPassword);
  const ownerPassword = readOrCreate(ownerFile, randomPassword);
  const cluster: Cluster = { binaries, launcher, folder, superuserPassword, ownerPassword };
  if (isNew) await initialise(cluster, home, safe);
  return cluster;
}

/** Its owner was the superuser that initdb made, which cannot become an ordinary role. */
function earlierVersions(home: string): StewardError {
  const sentence = `${home} was made by an earlier version of Steward, whose embedded Postgres worked as a superuser: move the data folder away and start anew (dump first what you want to keep), or set STEWARD_DATA_DIR to another folder.`;
  return new EngineError("ST802", { sentence });
}

function refuseForeignFolder(home: string): void {
  const me = process.getuid?.();
  if (me === undefined || me === 0 || statSync(home).uid === me) return;
  throw anothersFile(home);
}

/** initdb works in a folder of its own that is renamed when it is complete: one that was interrupted leaves nothing that looks usable. */
async function initialise(cluster: Cluster, home: string, safe: boolean): Promise<void> {
  const draft = join(home, "data.new");
  const passwordFile = join(home, "password.new");
  rmSync(draft, { recursive: true, force: true });
  writeFileSync(passwordFile, cluster.superuserPassword, { mode: 0o600 });
  const { uid } = cluster.launcher;
  if (uid !== undefined) chownSync(passwordFile, uid, statSync(home).gid);
  const options = ["-D", draft, "-U", SUPERUSER, `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--encoding=UTF8"];
  options.push("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", ...(safe ? [] : ["--no-sync"]));
  const [command, args] = cluster.launcher.command(cluster.binaries.initdb, options);
  try {
    await run(command, args, { env: programEnvironment, cwd: "/" });
    renameSync(draft, cluster.folder);
  } catch (cause) {
    const lines = cause instanceof Error ? cause.message.trim().split("\n") : [];
    throw new EngineError("ST802", { sentence: `The embedded Postgres could not be made: ${lines.at(-1)}`, cause });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}
