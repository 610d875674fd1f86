// Around npm pack. `pack.ts dist` (prepack) builds dist and the console, and lets package.json export that; `pack.ts src` (postpack) puts back the
// package.json of this repository, which exports the sources.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..");
const manifest = join(folder, "package.json");
const kept = join(folder, "package.source.json");

if (process.argv[2] === "dist") build();
else if (existsSync(kept)) renameSync(kept, manifest);

function build(): void {
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  execFileSync("tsc", ["-p", "tsconfig.build.json"], { cwd: folder, stdio: "inherit" });
  execFileSync(process.execPath, [join(folder, "scripts/build-console.ts")], { stdio: "inherit" });
  // After a packing that was cut off, what is kept is the one that counts.
  if (!existsSync(kept)) copyFileSync(manifest, kept);
  writeFileSync(manifest, `${JSON.stringify(packed(readFileSync(kept, "utf8")), undefined, 2)}\n`);
}

interface Manifest {
  readonly scripts: object;
  readonly devDependencies: object;
  readonly exports: Readonly<Record<string, string>>;
}

/** Without what is for development, and without the files that only this repository's application imports. */
function packed(source: string): object {
  const { scripts: _, devDependencies: __, exports, ...rest } = JSON.parse(source) as Manifest;
  const built = Object.entries(exports).flatMap(([name, file]) =>
    name.includes("*") ? [] : [[name, builtPaths(file)] as const],
  );
  return { ...rest, exports: Object.fromEntries(built) };
}

function builtPaths(file: string): object {
  const path = file.replace(/^\.\/src\/(.*)\.ts$/, "./dist/$1");
  return { types: `${path}.d.ts`, default: `${path}.js` };
}
