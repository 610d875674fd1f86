// The built console in memory: its index, and files whose names change with their content.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { log } from "../../log.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};
const PACKAGE = join(import.meta.dirname, "../../..");

/** Where the console comes from. */
export interface PageSource {
  /** The folder of the built console; that of the package unless said. */
  readonly folder: string;
  /** A module with an application's own views, to build the console from where this is a clone of the repository. */
  readonly views?: string;
}

export const OWN_PAGE: PageSource = { folder: join(PACKAGE, "page") };

export interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly br: Buffer;
  readonly gzip: Buffer;
  /** Its name changes with its content. */
  readonly isImmutable: boolean;
}

/** Files by their path, such as /assets/index-abc.js. In a clone of the repository it builds them if that was not done since they changed. */
export async function readPage(source: PageSource): Promise<ReadonlyMap<string, PageFile>> {
  const builder = join(PACKAGE, "scripts/build-console.ts");
  if (existsSync(builder) && isStale(source)) {
    const views = source.views === undefined ? [] : ["--views", source.views];
    await promisify(execFile)(process.execPath, [builder, "--out", source.folder, ...views]);
  }
  const names = globSync("**/*.{html,js,css,svg}", { cwd: source.folder });
  if (names.length === 0)
    log.error(
      { folder: source.folder },
      "the console is not built: install the packages for development, then npm run prepare",
    );
  return new Map(names.map((name) => [`/${name}`, readFile(source.folder, name)]));
}

function readFile(folder: string, name: string): PageFile {
  const path = join(folder, name);
  const plain = readFileSync(path);
  return {
    type: TYPES[extname(name)] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`,
    plain,
    br: readFileSync(`${path}.br`),
    gzip: readFileSync(`${path}.gz`),
    isImmutable: name.startsWith("assets/"),
  };
}

function isStale({ folder, views }: PageSource): boolean {
  const index = join(folder, "index.html");
  if (!existsSync(index)) return true;
  const built = statSync(index).mtimeMs;
  const sources = [
    ...globSync(join(PACKAGE, "console/**/*.{ts,tsx,css,html,js,svg}")),
    ...(views === undefined ? [] : globSync(join(views, "../**/*.{ts,tsx,css}"))),
  ];
  return sources.some((file) => statSync(file).mtimeMs > built);
}
