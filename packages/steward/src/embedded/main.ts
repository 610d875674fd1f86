// The background process that runs the embedded Postgres of one data folder, and what the application adds to it, for as long as a
// process uses them. Started by client.ts: `node main.ts <data folder> [<module of starters>]`.
import { realpathSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { log } from "../log.ts";
import { openControl } from "./control.ts";
import { type Lock, tryLock } from "./lock.ts";
import { claimPath, lockPath, readState, writeState } from "./protocol.ts";
import { createServices, type Starter } from "./services.ts";

// Long enough for the one before us to stop Postgres.
const LOCK_PATIENCE_MS = 20_000;

const [folder, startersModule] = process.argv.slice(2);
if (!folder) throw new Error("usage: main.ts <data folder> [<module of starters>]");
becomeOwner(folder);
// Nobody else may read what the services keep on disk.
process.umask(0o077);
await run(realpathSync(folder));

async function run(dataDir: string): Promise<void> {
  const lock = await takeLock(dataDir);
  if (!lock) {
    // Somebody else serves: whoever started us finds them through the state file.
    rmSync(claimPath(dataDir), { force: true });
    process.exit(0);
  }

  let stopping = false;
  const stop = async (reason: string, exitCode: number) => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, "stopping the embedded services");
    control.refuse();
    await services.close();
    writeState(dataDir, { ports: readState(dataDir).ports });
    lock.release();
    // Ends the connections of those who wait for this moment.
    process.exit(exitCode);
  };
  const fail = (err: unknown) => {
    log.fatal({ err }, "the embedded services cannot go on");
    void stop("failure", 1);
  };

  const services = createServices(dataDir, await loadStarters(), fail);
  const control = await openControl(services, () => void stop("nobody uses them any more", 0));
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop(signal, 0));

  writeState(dataDir, { ports: readState(dataDir).ports, control: { ...control.address, pid: process.pid } });
  rmSync(claimPath(dataDir), { force: true });
}

async function loadStarters(): Promise<Readonly<Record<string, Starter>>> {
  if (!startersModule) return {};
  const { starters } = (await import(pathToFileURL(startersModule).href)) as { starters: Record<string, Starter> };
  return starters;
}

/** Started by root on somebody else's data folder, this process becomes its owner, so that all it makes is theirs. */
function becomeOwner(dataDir: string): void {
  const { uid, gid } = statSync(dataDir);
  if (uid === 0 || process.getuid?.() !== 0) return;
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

async function takeLock(dataDir: string): Promise<Lock | undefined> {
  const deadline = Date.now() + LOCK_PATIENCE_MS;
  for (;;) {
    const lock = tryLock(lockPath(dataDir));
    if (lock) return lock;
    if (Date.now() > deadline || (await somebodyServes(dataDir))) return undefined;
    await sleep(30);
  }
}

function somebodyServes(dataDir: string): Promise<boolean> {
  const { control } = readState(dataDir);
  if (!control) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect(control.port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
