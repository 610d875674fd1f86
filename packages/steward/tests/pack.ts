// Installs the package as it is published into an application's folder: packed, unpacked, beside the other packages of this repository.
import { execFile } from "node:child_process";
import { chmodSync, cpSync, globSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const PACKAGE = join(import.meta.dirname, "..");
const REPOSITORY = join(PACKAGE, "../..");
export const MODULES = join(REPOSITORY, "node_modules");

/** `folder` is for what comes about on the way. */
export async function installPacked(folder: string, application: string): Promise<void> {
  await install(await pack(folder), application);
}

/** Unpacks it into an application's folder. */
export async function install(tarball: string, application: string): Promise<void> {
  const installed = join(application, "node_modules/steward");
  mkdirSync(installed, { recursive: true });
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed]);
  linkAll(MODULES, join(application, "node_modules"), (name) => name !== "steward" && !name.startsWith("."));
  const programs = join(application, "node_modules/.bin");
  mkdirSync(programs);
  linkAll(join(MODULES, ".bin"), programs, (name) => name !== "steward");
  chmodSync(join(installed, "bin/steward.js"), 0o755);
  symlinkSync("../steward/bin/steward.js", join(programs, "steward"));
}

function linkAll(from: string, to: string, isWanted: (name: string) => boolean): void {
  for (const name of readdirSync(from).filter(isWanted)) symlinkSync(realpathSync(join(from, name)), join(to, name));
}

/** A tarball of the package in `source`. From a copy: packing rewrites package.json for a moment, and other tests run from the sources meanwhile. */
export async function pack(folder: string, source = PACKAGE): Promise<string> {
  const repository = join(folder, "repository");
  const copy = join(repository, "packages/steward");
  const isWanted = (path: string) => !/\/(node_modules|dist|tests)$/.test(path);
  cpSync(source, copy, { recursive: true, filter: isWanted });
  cpSync(join(REPOSITORY, "tsconfig.json"), join(repository, "tsconfig.json"));
  symlinkSync(MODULES, join(repository, "node_modules"));
  await run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: copy });
  return join(folder, globSync("*.tgz", { cwd: folder })[0] ?? "no tarball");
}
