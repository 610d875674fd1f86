// Builds the console: `node scripts/build-console.ts [--views FILE] [--out FOLDER]`. FILE exports an application's own views; FOLDER is `page`
// unless said. Needs the packages for development; where they are not installed, it says so and builds nothing.
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type * as Vite from "vite";

const folder = join(import.meta.dirname, "..");
const root = join(folder, "console");
const { values } = parseArgs({ options: { views: { type: "string" }, out: { type: "string" } } });
const views = values.views === undefined ? join(root, "src/views/none.ts") : resolve(values.views);
const out = values.out === undefined ? join(folder, "page") : resolve(values.out);

// Whatever the environment of who builds: React is four times as large for development.
process.env["NODE_ENV"] = "production";
const vite = await import("vite").catch((error: Error) => error);
if (!(vite instanceof Error)) await build(vite);
else console.log(`steward: the console is not built: Vite cannot be used (${vite.message.split("\n")[0]})`);

async function build({ build }: typeof Vite): Promise<void> {
  // Beside its place, then moved there whole: a server that starts meanwhile finds the old page or the new one.
  const fresh = `${out}.${process.pid}`;
  await build({
    root,
    configFile: false,
    logLevel: "warn",
    publicDir: join(root, "public"),
    resolve: { alias: { "steward-console/views": views, "steward-console": join(root, "src/module.ts") } },
    build: {
      outDir: fresh,
      emptyOutDir: true,
      target: "es2023",
      // The content security policy takes neither inline scripts nor data in addresses.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  });
  for (const name of globSync("**/*.{js,css,html,svg}", { cwd: fresh })) compress(join(fresh, name));
  mkdirSync(dirname(out), { recursive: true });
  putInPlace(fresh);
}

/** Several processes may do so at once: the last one stays. */
function putInPlace(fresh: string, tries = 10): void {
  try {
    renameSync(fresh, out);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (tries === 0 || (code !== "ENOTEMPTY" && code !== "EEXIST")) throw error;
    const old = `${fresh}.old`;
    try {
      renameSync(out, old);
    } catch (gone) {
      if ((gone as NodeJS.ErrnoException).code !== "ENOENT") throw gone;
    }
    rmSync(old, { recursive: true, force: true });
    putInPlace(fresh, tries - 1);
  }
}

function compress(file: string): void {
  const bytes = readFileSync(file);
  writeFileSync(`${file}.br`, brotliCompressSync(bytes));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}
