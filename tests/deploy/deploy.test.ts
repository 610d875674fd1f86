// deploy/ names what is there: without a container engine that is as far as it can be checked. docs/operate.md says how it is used.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseAllDocuments } from "yaml";

const root = resolve(import.meta.dirname, "../..");
const read = (name: string) => readFileSync(join(root, name), "utf8");
const dockerfile = read("deploy/Dockerfile");
const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) => String(match[1]).split(" "));
const commands = [
  ...dockerfile.matchAll(/scripts\/\w+\.ts/g),
  ...read("deploy/compose.yaml").matchAll(/scripts\/\w+\.ts/g),
  ...read("deploy/kubernetes/steward.yaml").matchAll(/scripts\/\w+\.ts/g),
  ...globSync("deploy/systemd/*", { cwd: root }).flatMap((file) => [...read(file).matchAll(/scripts\/\w+\.ts/g)]),
].map(([file]) => file);

const test = suite("deploy");

test("what the image copies is there, and its context does not leave it out", () => {
  const ignored = read(".dockerignore").split("\n");
  for (const path of copied) {
    assert.ok(existsSync(join(root, path)), path);
    assert.not.ok(ignored.includes(path), path);
  }
});

test("every command is a file, and all that it imports is in the image", () => {
  assert.ok(new Set(commands).size >= 3);
  for (const file of importsOf(commands))
    assert.ok(
      copied.some((path) => `${file}/`.startsWith(`${path}/`)),
      file,
    );
});

test("what it imports from others is no development dependency", () => {
  const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
  for (const file of importsOf(commands))
    for (const [, name] of read(file).matchAll(/from "((?:@[\w-]+\/)?[\w-]+)(?:\/[^"]*)?"/g))
      assert.ok(name !== undefined && name in dependencies, `${name} in ${file}`);
});

for (const file of ["deploy/compose.yaml", "deploy/kubernetes/steward.yaml"]) {
  test(`${file} is YAML without mistakes`, () => {
    const documents = [...parseAllDocuments(read(file), { merge: true })];
    assert.ok(documents.length > 0);
    for (const { errors } of documents) assert.equal(errors, []);
  });
}

/** The files of this repository that these import, themselves among them. */
function importsOf(files: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (file: string) => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, path] of read(file).matchAll(/from "(\.[^"]+)"/g))
      visit(relative(root, join(root, dirname(file), String(path))));
  };
  for (const file of files) visit(file);
  return found;
}

test.run();
