// Who imports whom. Files form no circle; nothing imports from a layer above its own; the package stands alone; stand-ins share no code
// with the adapters that they test.
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const SOURCE = "packages/steward/src/";

/** Of the package, the lowest first. A file or folder imports from its own layer and those before it. */
const PACKAGE: readonly (readonly string[])[] = [
  [
    "errors",
    "limit.ts",
    "unreachable.ts",
    "session-settings.ts",
    "api-login.ts",
    "cached.ts",
    "version.ts",
    "text.ts",
    "log-line.ts",
    "traces.ts",
  ],
  ["config", "log.ts"],
  ["pools.ts", "console-log.ts", "shutdown.ts", "embedded"],
  ["metrics"],
  ["engine", "purge"],
  ["migrate", "worker"],
  ["http", "graphql"],
  ["command.ts", "adopt.ts", "uninstall.ts", "index.ts", "init"],
  ["setting"],
  ["doctor", "testing"],
  ["cli"],
];

/** Of this repository's application. */
const APPLICATION: readonly (readonly string[])[] = [
  ["server/errors.ts"],
  ["server/secrets.ts"],
  ["server/setting-files.ts"],
  ["server/clouds-file.ts"],
  ["server/settings.ts"],
  ["server/config.ts"],
  ["server/providers", "server/embedded"],
  [
    "server/task-services.ts",
    "server/names.ts",
    "server/cloud-users.ts",
    "server/checks.ts",
    "server/late.ts",
    "server/member-differences.ts",
    "server/removals.ts",
    "server/slow-runs.ts",
    "server/migrate.ts",
    "server/graphql",
    "server/http",
    "server/services.ts",
    "server/running.ts",
    "server/welcome.ts",
  ],
  ["tasks", "server/runtime.ts"],
  ["server/worker.ts", "server/api.ts"],
  ["server/main.ts", "graphile.config.ts"],
  ["tests/helpers"],
  ["scripts", "tests", "bench", "examples"],
];

/** Words of an application, and where the package may have them all the same: words of Postgres, of libraries and of tokens. */
const FOREIGN = /user|project|label|tenant|drive|cloud/gi;
const ALLOWED = [
  /super_?user\w*|\brolsuper\b/gi, // a role of Postgres
  /\b(current|session)_user\b|\bpg_stat_user_tables\b|\bpg_get_userbyid\b|\benumlabel\b/g,
  /\b(preferred_)?username\b/g, // of a URL, and of a token
  /\blabels?\b|\blabelNames\b|\brequestIdLogLabel\b/g, // of a metric, and of a line of the log
  /\buseR(ead|ef)\b|\baria-labelledby\b/g, // of React and HTML
  /\bJWT_USER_ROLES\b|"user"/g, // what a token's role is called where the identity provider has no other word
];

const files = globSync("{packages/steward/{src,tests},server,tasks,scripts,tests,bench,examples}/**/*.ts").concat(
  "graphile.config.ts",
);
const known = new Set(files);
const imports = new Map(files.map((file) => [file, importsOf(file)]));
const test = suite("layers");

test("no files import each other in a circle", () => {
  assert.equal(circles(), []);
});

test("nothing in the package imports from a layer above its own", () => {
  assert.equal(
    upwards(PACKAGE, (file) => (file.startsWith(SOURCE) ? file.slice(SOURCE.length) : undefined)),
    [],
  );
});

test("nothing in the application imports from a layer above its own", () => {
  assert.equal(
    upwards(APPLICATION, (file) => (file.startsWith("packages/") ? undefined : file)),
    [],
  );
});

test("every file has a layer", () => {
  const isPlaced = (file: string, layers: readonly (readonly string[])[]) =>
    layers.flat().some((unit) => isIn(file, unit));
  const lost = files.filter((file) => {
    if (file.startsWith(SOURCE)) return !isPlaced(file.slice(SOURCE.length), PACKAGE);
    return !file.startsWith("packages/") && !isPlaced(file, APPLICATION);
  });
  assert.equal(lost, []);
});

test("nothing in the package imports from outside of it, except what it declares", () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync("packages/steward/package.json", "utf8")) as {
    dependencies: object;
    peerDependencies: object;
  };
  const allowed = new Set([...Object.keys({ ...dependencies, ...peerDependencies }), "steward", "uvu"]);
  const wrong = files
    .filter((file) => file.startsWith("packages/"))
    .flatMap((file) =>
      specifiers(file)
        .filter((name) =>
          name.startsWith(".")
            ? !normalize(join(dirname(file), name)).startsWith("packages/steward/")
            : !name.startsWith("node:") && !allowed.has(packageOf(name)),
        )
        .map((name) => `${file}: ${name}`),
    );
  assert.equal(wrong, []);
});

test("stand-ins and the adapters that they test share no code", () => {
  const between = (from: string, to: string) =>
    [...imports].flatMap(([file, targets]) =>
      file.startsWith(from)
        ? targets.filter((target) => target.startsWith(to)).map((target) => `${file}: ${target}`)
        : [],
    );
  assert.equal(
    [...between("server/embedded/", "server/providers/"), ...between("server/providers/", "server/embedded/")],
    [],
  );
});

test("the package names nothing of an application", () => {
  const texts = globSync("packages/steward/{package.json,README.md,bin,console,sql,src,scripts,tests}/**", {
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const found = texts.flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line, index) => {
        const rest = ALLOWED.reduce((text, allowed) => text.replaceAll(allowed, ""), line);
        return (rest.match(FOREIGN) ?? []).map((word) => `${file}:${index + 1} ${word}: ${line.trim()}`);
      }),
  );
  assert.equal(found, []);
});

function importsOf(file: string): string[] {
  return specifiers(file).flatMap((name) => {
    const target = name.startsWith(".") ? normalize(join(dirname(file), name)) : ofPackage(name);
    return target !== undefined && known.has(target) && target !== file ? [target] : [];
  });
}

/** The file of the package that `steward/...` means here. */
function ofPackage(name: string): string | undefined {
  if (packageOf(name) !== "steward") return undefined;
  const { exports } = JSON.parse(readFileSync("packages/steward/package.json", "utf8")) as {
    exports: Record<string, string>;
  };
  const path = `.${name.slice("steward".length)}`;
  return join("packages/steward", exports[path] ?? `./src/${path.slice(2)}.ts`);
}

/** Whatever a file names in an import or export, also in one that comes later. */
function specifiers(file: string): string[] {
  // Without texts that hold code, such as the files that steward init writes.
  const text = readFileSync(file, "utf8").replaceAll(/`(?:\\.|[^`\\])*`/g, "");
  const names = text.matchAll(/^(?:import|export)\s+(?:[\w\s*{},]+\sfrom\s+)?"([^"\n]+)";|\bimport\("([^"\n]+)"\)/gm);
  return Array.from(names, ([, stated, later]) => stated ?? later ?? "");
}

function packageOf(name: string): string {
  return name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Groups of files that reach each other, as Tarjan finds them. */
function circles(): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): number => {
    const place = order.size;
    order.set(file, place);
    open.push(file);
    let low = place;
    for (const target of imports.get(file) ?? []) {
      if (!order.has(target)) low = Math.min(low, visit(target));
      else if (open.includes(target)) low = Math.min(low, lowest.get(target) ?? order.get(target) ?? low);
    }
    lowest.set(file, low);
    if (low === place) {
      const group = open.splice(open.indexOf(file));
      if (group.length > 1) found.push(group);
    }
    return low;
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return found;
}

/** Imports that lead from a lower layer to a higher one. */
function upwards(layers: readonly (readonly string[])[], nameOf: (file: string) => string | undefined): string[] {
  const layerOf = (file: string) => {
    const name = nameOf(file);
    return name === undefined ? -1 : layers.findIndex((units) => units.some((unit) => isIn(name, unit)));
  };
  return [...imports].flatMap(([file, targets]) => {
    const own = layerOf(file);
    return own === -1 ? [] : targets.filter((target) => layerOf(target) > own).map((target) => `${file}: ${target}`);
  });
}

function isIn(file: string, unit: string): boolean {
  return file === unit || file.startsWith(`${unit}/`);
}

test.run();
