// Starts the embedded services' process, detached from us: it must outlive the one that happened to come first, and a
// Ctrl-C in our terminal is not meant for it.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { EngineError, type StewardError } from "../errors/index.ts";
import { explain, hasCode, ownLikeFolder } from "./files.ts";
import { lastLine, logFile, logLength } from "./logs.ts";
import { claimPath } from "./protocol.ts";

// A claim this old was left by a process that was killed. Starting one process too many does no harm: its lock is what counts.
const CLAIM_MS = 3_000;

export interface Launched {
  /** Set when the process ended with an error. */
  failure?: StewardError;
}

/** Starts the process; undefined when another one is just doing so. */
export function launchUnlessClaimed(dataDir: string, starters: string | undefined): Launched | undefined {
  try {
    mkdirSync(dataDir, { recursive: true });
    return claim(claimPath(dataDir)) ? launch(dataDir, starters) : undefined;
  } catch (error) {
    throw explain(error, dataDir);
  }
}

function claim(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
  const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  if (Date.now() - since > CLAIM_MS) rmSync(path, { force: true });
  return false;
}

function launch(dataDir: string, starters: string | undefined): Launched {
  const path = logFile(dataDir, "embedded.log");
  const before = logLength(path);
  const output = openSync(path, "a", 0o600);
  ownLikeFolder(path);
  const program = join(import.meta.dirname, `main${extname(import.meta.filename)}`); // .ts from source, .js from the package
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", program, dataDir, ...(starters ? [starters] : [])],
    {
      cwd: "/",
      detached: true,
      stdio: ["ignore", output, output],
      env: { ...process.env, NODE_OPTIONS: "" },
    },
  );
  closeSync(output);
  child.unref();

  const launched: Launched = {};
  child.once("error", (cause) => {
    launched.failure = new EngineError("ST802", { cause });
  });
  child.once("exit", (code) => {
    if (!code) return;
    rmSync(claimPath(dataDir), { force: true });
    launched.failure = new EngineError("ST802", {
      sentence: `The embedded services ended at once: ${lastLine(path, "Error", before)}`,
    });
  });
  return launched;
}
