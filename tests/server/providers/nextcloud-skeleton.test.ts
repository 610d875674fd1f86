// Which of the files found in an account are taken for the drive's own.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseQuota } from "../../../server/providers/nextcloud/quota.ts";
import {
  chooseTargets,
  type Entry,
  RELEASE_SKELETON,
  skeletonFolders,
} from "../../../server/providers/nextcloud/skeleton.ts";

const START = 1_757_057_745;
const file = (path: string, more: Partial<Entry> = {}): Entry => ({
  path,
  isFolder: false,
  modified: START,
  uploaded: false,
  foreign: false,
  ...more,
});
const folder = (path: string, more: Partial<Entry> = {}) => file(path, { isFolder: true, ...more });
const FILES = ["a.md", "b.md", "In/c.md", "In/Deep/d.md"];
const chosen = (entries: readonly Entry[]) =>
  chooseTargets(entries, FILES).map(({ path, files }) => `${path} ${files}`);

const test = suite("skeleton files");

test("the release's: 64 files in 3 folders, 9 entries in the home", () => {
  assert.is(new Set(RELEASE_SKELETON).size, 64);
  assert.equal([...skeletonFolders(RELEASE_SKELETON)], ["Documents", "Photos", "Templates"]);
  const all = [
    ...[...skeletonFolders(RELEASE_SKELETON)].map((path) => folder(path)),
    ...RELEASE_SKELETON.map((path) => file(path)),
  ];
  const targets = chooseTargets(all, RELEASE_SKELETON);
  assert.is(targets.length, 9);
  assert.is(
    targets.reduce((sum, target) => sum + target.files, 0),
    64,
  );
});

test("whole folders go as one, also nested and empty ones; other folders stay", () => {
  assert.equal(chosen([file("a.md"), folder("In"), file("In/c.md"), folder("In/Deep"), file("In/Deep/d.md")]), [
    "a.md 1",
    "In 2",
  ]);
  assert.equal(chosen([folder("In")]), ["In 0"]);
  assert.equal(chosen([folder("Mine"), folder("a.md")]), []);
});

test("a folder with anything else in it stays, however deep that is", () => {
  const base = [folder("In"), file("In/c.md"), folder("In/Deep"), file("In/Deep/d.md")];
  assert.equal(chosen([...base, file("In/mine.md")]), ["In/c.md 1", "In/Deep 1"]);
  assert.equal(chosen([...base, file("In/Deep/mine.md")]), ["In/c.md 1", "In/Deep/d.md 1"]);
  assert.equal(chosen([folder("In"), folder("In/Deep"), file("In/Deep/d.md"), file("In/Deep/mine.md")]), [
    "In/Deep/d.md 1",
  ]);
});

test("what was uploaded, shared or mounted stays", () => {
  assert.equal(chosen([file("a.md", { uploaded: true }), file("b.md", { foreign: true })]), []);
  assert.equal(chosen([folder("In", { foreign: true }), file("In/c.md")]), []);
});

test("what was modified long after the others stays, the burst may take its time", () => {
  const times = (a: number, b: number, c: number) => [
    file("a.md", { modified: START + a }),
    file("b.md", { modified: START + b }),
    folder("In"),
    file("In/c.md", { modified: START + c }),
  ];
  assert.equal(chosen(times(0, 25, 50)), ["a.md 1", "b.md 1", "In 1"]);
  assert.equal(chosen(times(0, 90, 5)), ["a.md 1", "In 1"]);
});

test("quotas are read as the drive reads them", () => {
  assert.is(parseQuota("1 GB"), 1024 ** 3);
  assert.is(parseQuota("2gb"), 2 * 1024 ** 3);
  assert.is(parseQuota("1.5 MB"), 1.5 * 1024 ** 2);
  assert.is(parseQuota("5368709120"), 5_368_709_120);
  assert.is(parseQuota("none"), -3);
  for (const text of ["", "lots", "-1 GB", "1 XB", "1 2"]) assert.is(parseQuota(text), undefined, text);
});

test.run();
