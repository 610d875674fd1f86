// The package as people install it: packed, unpacked into an empty folder, with nothing of this repository around it.
// test-timeout: 240
import { execFile } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { installPacked, MODULES } from "./pack.ts";

const run = promisify(execFile);

const test = suite("the package");
const folder = mkdtempSync(join(tmpdir(), "steward-package-"));
const application = join(folder, "application");
const installed = join(application, "node_modules/steward");

test.before(async () => {
  await installPacked(folder, application);
  await steward("init");
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

test("it holds what is needed, and no sources", () => {
  for (const file of [
    "README.md",
    "LICENSE",
    "bin/steward.js",
    "sql/migrations/000001_create_definitions.sql",
    "dist/index.d.ts",
    "page/index.html",
    "page/index.html.br",
  ])
    assert.ok(existsSync(join(installed, file)), file);
  assert.equal(readdirSync(installed).toSorted(), [
    "LICENSE",
    "README.md",
    "bin",
    "dist",
    "package.json",
    "page",
    "sql",
  ]);
  assert.equal(globSync("{src,tests}/**", { cwd: installed }), []);
});

test("what package.json exports is there, with types", () => {
  const { exports, dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
    exports: Record<string, { types: string; default: string }>;
    dependencies: Record<string, string>;
  };
  assert.not(Object.hasOwn(exports, "./*"));
  for (const { types, default: file } of Object.values(exports))
    for (const path of [types, file]) assert.ok(existsSync(join(installed, path)), path);
  for (const [name, version] of Object.entries(dependencies)) assert.match(version, /^\d/, name);
});

test("packing leaves the repository's package.json as it is", () => {
  assert.match(readFileSync(join(folder, "repository/packages/steward/package.json"), "utf8"), '"./src/index.ts"');
});

test("a strict application type-checks against it, without skipLibCheck", async () => {
  writeFileSync(
    join(application, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "es2024",
        module: "nodenext",
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: ["node"],
      },
      include: ["*.ts", "tasks", "tests"],
    }),
  );
  const names = Object.keys(
    (JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { exports: object }).exports,
  );
  const imports = names.map((name, index) => `export * as part${index} from "steward${name.slice(1)}";`);
  writeFileSync(join(application, "everything.ts"), imports.join("\n"));
  writeFileSync(
    join(application, "typed.ts"),
    `import { defineTask } from "steward";
export const wrong = defineTask(async (step, { greeting }) => {
  step.log.info(greeting.toUpperCase());
  // @ts-expect-error -- the configuration's services have a text here
  greeting.toFixed();
  return undefined;
});
`,
  );
  const { stdout } = await run(join(MODULES, ".bin/tsc"), [], { cwd: application }).catch(
    (error: { stdout: string }) => error,
  );
  // What other libraries' types lack is not for this package to mend.
  assert.equal(
    stdout
      .split("\n")
      .filter((line) => /^(\w|node_modules\/steward\/)/.test(line) && !/^node_modules\/(?!steward\/)/.test(line)),
    [],
  );
});

test("the example of steward init passes its own test", async () => {
  const { stdout } = await run(process.execPath, ["--test", "tests/greeting.test.ts"], {
    cwd: application,
    env: environment(),
  });
  assert.match(stdout, /pass 1/);
});

async function steward(...args: string[]): Promise<void> {
  await run(process.execPath, [join(installed, "bin/steward.js"), ...args], { cwd: application, env: environment() });
}

function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TEST_POSTGRES_URL } = process.env;
  return { PATH, HOME, ...(TEST_POSTGRES_URL && { TEST_POSTGRES_URL }) };
}

test.run();
