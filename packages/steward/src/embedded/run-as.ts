// Postgres refuses to run as root, and must not outlive the process that started it: how its programs are launched.
import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { promisify } from "node:util";
import { EngineError } from "../errors/index.ts";

const run = promisify(execFile);

/** uid and gid of `nobody`, who exists everywhere; Postgres asks for one that the system can name. */
const NOBODY = 65_534;

// Root's own folder is closed to others. There the programs get one capability, to pass closed folders, and nothing else of
// root's. The securebit makes access(2) honour it.
const PASS_CLOSED_FOLDERS = [
  "--securebits=+no_setuid_fixup",
  "--inh-caps=-all,+dac_override",
  "--ambient-caps=-all,+dac_override",
];

export interface Launcher {
  /** The owner of the data folder; undefined: we ourselves. */
  readonly uid: number | undefined;
  /** Command and arguments that run `program` as that owner. On Linux it shuts down when this process is killed. */
  command(program: string, args: readonly string[]): [string, string[]];
}

/** How to run the programs on `folder` (which exists, and is given to its owner). ST802 if that cannot be done. */
export async function chooseLauncher(folder: string, program: string): Promise<Launcher> {
  const setpriv = await succeeds("setpriv", ["--version"]);
  if (process.getuid?.() !== 0) return launcher(undefined, setpriv ? [] : undefined);
  if (!setpriv) {
    const sentence =
      "Postgres does not run as root, and setpriv (util-linux) is not here to start it as somebody else: install it, start without root's rights, or set DATABASE_URL.";
    throw new EngineError("ST802", { sentence });
  }
  await giveFolder(folder);
  const { uid, gid } = statSync(folder);
  const become = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  const opens = await succeeds("setpriv", [...become, "ls", folder]);
  const runs = opens && (await succeeds("setpriv", [...become, program, "--version"]));
  return launcher(uid, runs ? become : [...become, ...PASS_CLOSED_FOLDERS]);
}

/** A folder that already belongs to somebody but root stays theirs; one of root's goes to nobody. */
async function giveFolder(folder: string): Promise<void> {
  if (statSync(folder).uid === 0) await run("chown", ["-R", `${NOBODY}:${NOBODY}`, folder]);
}

function launcher(uid: number | undefined, setpriv: readonly string[] | undefined): Launcher {
  if (!setpriv) return { uid, command: (program, args) => [program, [...args]] };
  return { uid, command: (program, args) => ["setpriv", [...setpriv, "--pdeathsig", "INT", program, ...args]] };
}

function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, [...args], { cwd: "/" }).then(
    () => true,
    () => false,
  );
}
