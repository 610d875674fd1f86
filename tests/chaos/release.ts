// The release that a chaos run deploys in its middle: a copy of this project with two migrations, changed functions and a step more.
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../server/config.ts";

const PACKAGE = "packages/steward";
const SOURCES = ["crontab", "db", "graphile.config.ts", "package.json", "scripts", "server", "tasks"];
const PACKAGE_SOURCES = ["package.json", "sql", "src", "node_modules"];
const CHANGED = ["begin_steps", "succeed_steps", "fail_step", "rescue_steps"];
const GREET = `import { defineTask } from "steward/engine/define-task";

export default defineTask(async ({ subjectId }) => (db) => db.query("insert into chaos.effects values ($1, 'greet')", [subjectId]));
`;

/** Makes it in this folder. */
export function makeNextRelease(folder: string): void {
  for (const name of [...SOURCES, ...PACKAGE_SOURCES.map((part) => join(PACKAGE, part))])
    cpSync(join(PROJECT_ROOT, name), join(folder, name), { recursive: true });
  const modules = join(PROJECT_ROOT, "node_modules");
  mkdirSync(join(folder, "node_modules"));
  for (const name of readdirSync(modules))
    symlinkSync(name === "steward" ? "../packages/steward" : join(modules, name), join(folder, "node_modules", name));

  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const replace = (name: string, found: RegExp, by: string) =>
    write(name, readFileSync(join(folder, name), "utf8").replace(found, by));
  const sql = `${PACKAGE}/sql`;
  write(
    `${sql}/migrations/000999_add_stamps.sql`,
    "alter table steward.runs add column stamp text;\nalter table steward.steps add column stamp text;\n",
  );
  write("db/migrations/000999_add_greetings.sql", "alter table app_public.users add column greeting text;\n");
  for (const name of CHANGED)
    appendFileSync(join(folder, sql, `functions/steward_private/${name}.sql`), "\n-- as the next release has it\n");
  write("tasks/greet.ts", GREET);
  replace("db/lifecycles/user_signup.sql", /"drive_cleanup":/, '"greet": {"after": ["onboard"]},\n    $&');
  replace(`${PACKAGE}/package.json`, /(?<="version": ")[^"]*/, "999.0.0");
}
