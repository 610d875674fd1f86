// docs/add-a-lifecycle.md, done as it says: its SQL, its task, and the insert that it shows.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { StepTask } from "steward";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase, type TestDatabase, waitFor } from "../helpers/database.ts";
import { startEngine } from "../helpers/engine.ts";

const root = join(import.meta.dirname, "../..");
const text = readFileSync(join(root, "docs/add-a-lifecycle.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "steward-tutorial-"));
const test = suite("the tutorial");
let database: TestDatabase;

test.before(async () => {
  database = await createDatabase();
});
test.after(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

function blocks(language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, block]) => String(block));
}

/** The task of the tutorial, as a file of an application. */
async function loadTask(): Promise<StepTask> {
  mkdirSync(join(folder, "tasks"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const file = join(folder, "tasks/project_notebook.ts");
  writeFileSync(file, blocks("ts")[0] ?? "");
  return ((await import(pathToFileURL(file).href)) as { default: StepTask }).default;
}

test("the owner of a new project gets a notebook for it", async () => {
  const { pool } = database;
  for (const sql of blocks("sql")) await pool.query(sql);
  const task = await loadTask();
  const done = () => Promise.resolve(undefined);
  const engine = await startEngine({
    connectionString: database.ownerUrl,
    works: {
      project_notebook: task.work,
      onboard:
        async ({ subjectId }) =>
        (db) =>
          db.query("select app_private.onboard_users($1, 'm')", [[subjectId]]),
      drive_account: done,
      drive_cleanup: done,
      project_link: done,
      sync_member: done,
    },
  });
  try {
    const [insert] = /with ada as .*?;/s.exec(blocks("console").join()) ?? [];
    await pool.query(String(insert));
    await waitFor(
      async () =>
        (await pool.query("select from steward.runs where kind = 'project_notebook' and status = 'succeeded'"))
          .rowCount,
      { timeoutMs: 30_000 },
    );
    const { rows } = await pool.query("select name from app_public.notebooks order by created_at");
    assert.equal(rows.map(({ name }) => name).sort(), ["Apollo", "Getting Started"]);
  } finally {
    await engine.stop();
  }
});

test.run();
