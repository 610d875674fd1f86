// Writes a configuration, a first task, its lifecycle and a test into an application. It overwrites nothing.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EngineError } from "../errors/index.ts";
import { newFiles, SCRIPTS } from "./files.ts";

export interface Written {
  /** Files that were made. */
  readonly made: readonly string[];
  /** Files that were there already, and stay as they are. */
  readonly kept: readonly string[];
  /** Scripts that package.json has got. */
  readonly scripts: readonly string[];
}

interface Manifest {
  name?: string;
  type?: string;
  scripts?: Record<string, string>;
}

export function init(root: string): Written {
  const manifest = readManifest(root);
  const extension = manifest.type === "module" ? "ts" : "mts";
  const made: string[] = [];
  const kept: string[] = [];
  for (const { path, text } of newFiles(extension)) (write(join(root, path), text) ? made : kept).push(path);
  return { made, kept, scripts: addScripts(root, manifest) };
}

function readManifest(root: string): Manifest {
  const file = join(root, "package.json");
  if (!existsSync(file)) return { type: "module" };
  try {
    const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
    // Without a name, it is what npm install has just made in an empty folder: nothing here is CommonJS yet.
    return manifest.name === undefined ? { type: "module", ...manifest } : manifest;
  } catch (cause) {
    throw new EngineError("ST801", { sentence: `${file} is no JSON.`, cause });
  }
}

/** False when the file is there. */
function write(file: string, text: string): boolean {
  if (existsSync(file)) return false;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { flag: "wx" });
  return true;
}

function addScripts(root: string, manifest: Manifest): string[] {
  const missing = Object.entries(SCRIPTS).filter(([name]) => manifest.scripts?.[name] === undefined);
  if (missing.length === 0) return [];
  const changed = { ...manifest, scripts: { ...manifest.scripts, ...Object.fromEntries(missing) } };
  writeFileSync(join(root, "package.json"), `${JSON.stringify(changed, undefined, 2)}\n`);
  return missing.map(([name]) => name);
}
