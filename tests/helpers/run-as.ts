// Postgres refuses to run as root: finds a way to run it as somebody else, without making users on the machine.
import { execFileSync } from "node:child_process";

export interface Runner {
  /** Goes before the command. */
  readonly prefix: readonly string[];
  /** Goes between prefix and command where the command must not outlive this process. */
  readonly diesWithParent: readonly string[];
  /** Who must own the data folder, if not ourselves. */
  readonly owner: { uid: number; gid: number } | undefined;
}

/** How to run `program` (an absolute path) unprivileged: plainly, as user postgres or nobody, or in a user namespace. */
export function runnerFor(program: string): Runner {
  const deathSignal = works(["setpriv", "--pdeathsig", "INT", "true"]) ? ["setpriv", "--pdeathsig", "INT"] : [];
  if (process.getuid?.() !== 0) return { prefix: [], diesWithParent: deathSignal, owner: undefined };

  for (const user of ["postgres", "nobody"]) {
    const owner = idOf(user);
    if (owner === undefined) continue;
    const prefix = ["setpriv", `--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups"];
    // A checkout below /root cannot be read by others.
    if (works([...prefix, program, "--version"])) return { prefix, diesWithParent: deathSignal, owner };
  }
  const prefix = ["unshare", "--user", "--map-user=65534", "--map-group=65534"];
  if (works([...prefix, program, "--version"])) return { prefix, diesWithParent: deathSignal, owner: undefined };
  throw new Error(
    "Postgres cannot run as root, and neither setpriv nor unshare works here; run the tests as another user.",
  );
}

function idOf(user: string): { uid: number; gid: number } | undefined {
  try {
    const read = (flag: string) =>
      Number(execFileSync("id", [flag, user], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    return { uid: read("-u"), gid: read("-g") };
  } catch {
    return undefined;
  }
}

function works(command: readonly string[]): boolean {
  const [program = "", ...rest] = command;
  try {
    execFileSync(program, rest, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
