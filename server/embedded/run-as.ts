// Postgres refuses to run as root, and must not outlive the process that started it: how its programs are launched.
import { execFile, execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { promisify } from "node:util";
import { StewardError } from "../errors.ts";

const run = promisify(execFile);

/** uid and gid of `nobody`, who exists everywhere; Postgres asks for a user that the system can name. */
const NOBODY = 65_534;

// Root's own folder is closed to others. There the programs get one capability, to pass closed folders, and nothing else of
// root's. The securebit makes access(2) honour it.
const PASS_CLOSED_FOLDERS = [
  "--securebits=+no_setuid_fixup",
  "--inh-caps=-all,+dac_override",
  "--ambient-caps=-all,+dac_override",
];

export interface Launcher {
  /** The user that owns the data folder; undefined: whoever we are. */
  readonly uid: number | undefined;
  /** Command and arguments that run `program`; with `dieWithUs`, Postgres shuts down when this process is killed. */
  command(program: string, args: readonly string[], dieWithUs: boolean): [string, string[]];
}

/** How to run the programs on `folder` (an existing folder, given to the right user). ST802 if that cannot be done. */
export async function chooseLauncher(folder: string, program: string): Promise<Launcher> {
  if (process.getuid?.() !== 0) return launcher(undefined, [], process.platform === "linux" && hasSetpriv());
  if (!hasSetpriv()) {
    const sentence =
      "Postgres does not run as root, and setpriv (util-linux) is not here to start it as somebody else: install it, start as an ordinary user, or set DATABASE_URL.";
    throw new StewardError("ST802", { sentence });
  }
  const uid = await giveFolder(folder);
  const become = [`--reuid=${uid}`, `--regid=${uid === NOBODY ? NOBODY : statSync(folder).gid}`, "--clear-groups"];
  const reaches = await succeeds("setpriv", [...become, program, "--version"]);
  return launcher(
    uid,
    reaches && (await succeeds("setpriv", [...become, "ls", folder])) ? become : [...become, ...PASS_CLOSED_FOLDERS],
    true,
  );
}

/** A folder that already belongs to an ordinary user stays theirs; one of root's goes to nobody. */
async function giveFolder(folder: string): Promise<number> {
  const { uid } = statSync(folder);
  if (uid !== 0) return uid;
  await run("chown", ["-R", `${NOBODY}:${NOBODY}`, folder]);
  return NOBODY;
}

function launcher(uid: number | undefined, become: readonly string[], setpriv: boolean): Launcher {
  return {
    uid,
    command: (program, args, dieWithUs) => {
      const options = [...become, ...(dieWithUs ? ["--pdeathsig", "INT"] : [])];
      return setpriv && options.length > 0 ? ["setpriv", [...options, program, ...args]] : [program, [...args]];
    },
  };
}

function hasSetpriv(): boolean {
  try {
    execFileSync("setpriv", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, [...args]).then(
    () => true,
    () => false,
  );
}
