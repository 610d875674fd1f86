// The embedded Postgres' data folder: made on the first start, found again on every other.
import { execFile } from "node:child_process";
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { EngineError } from "../errors/index.ts";
import type { Binaries } from "./binaries.ts";
import { findBinaries } from "./binaries.ts";
import { anothersFile, randomPassword, readOrCreate } from "./files.ts";
import { chooseLauncher, type Launcher } from "./run-as.ts";

const run = promisify(execFile);

export const OWNER = "steward";

export interface Cluster {
  readonly binaries: Binaries;
  readonly launcher: Launcher;
  /** Postgres' own data folder. */
  readonly folder: string;
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
  const ownerPassword = readOrCreate(join(dataDir, "postgres.password"), randomPassword);
  const cluster: Cluster = { binaries, launcher, folder: join(home, "data"), ownerPassword };
  if (!existsSync(join(cluster.folder, "PG_VERSION"))) await initialise(cluster, home, safe);
  return cluster;
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
  writeFileSync(passwordFile, cluster.ownerPassword, { mode: 0o600 });
  const { uid } = cluster.launcher;
  if (uid !== undefined) chownSync(passwordFile, uid, statSync(home).gid);
  const options = ["-D", draft, "-U", OWNER, `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--encoding=UTF8"];
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
