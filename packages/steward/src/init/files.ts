// What steward init writes into an application: the smallest thing that works, from insert to test.

export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** `extension` is ts, or mts in a package whose .ts files are CommonJS. */
export function newFiles(extension: "ts" | "mts"): NewFile[] {
  return [
    { path: `steward.config.${extension}`, text: CONFIG },
    { path: "steward/lifecycles/greeting.sql", text: LIFECYCLE },
    { path: `tasks/greet.${extension}`, text: TASK },
    { path: `tests/greeting.test.${extension}`, text: TEST },
    { path: ".gitignore", text: "node_modules/\n.data/\n" },
  ];
}

/** Added to package.json, each where no script of its name is there. */
export const SCRIPTS: Readonly<Record<string, string>> = {
  "steward:start": "steward start --watch",
  "steward:migrate": "steward migrate",
  "steward:worker": "steward worker",
  "steward:test": "node --test 'tests/**/*.test.*ts'",
};

const CONFIG = `// Where Steward finds what is yours. Databases and secrets come from the environment: DATABASE_URL, and so on.
import { defineConfig, type ServicesOf } from "steward";

const config = defineConfig({
  tasks: "tasks",
  lifecycles: "steward/lifecycles",
  // What every task gets as its second argument: clients of other systems, for example.
  services: () => ({ greeting: "Hello" }),
});

export default config;

declare global {
  namespace Steward {
    interface Services extends ServicesOf<typeof config> {}
  }
}
`;

const LIFECYCLE = `-- What must follow when somebody becomes a guest. \`npx steward migrate\` applies this file again whenever it changes.

-- A table of this example only. Attach a table of yours instead, and delete these lines.
create table if not exists public.steward_guests (
  id bigint generated always as identity primary key,
  name text not null,
  greeted_at timestamptz
);

-- Each step is executed by the task of its name: tasks/greet.
select steward.define_lifecycle('greeting', 'A new guest is greeted.', $\${
  "greet": {"timeout": "10 s"}
}$$);

-- From now on every inserted row starts a run of it, in the same transaction, whoever inserts.
select steward.attach('public.steward_guests', on_insert => 'greeting');

-- A first one, so that there is something to see.
insert into public.steward_guests (name)
select 'World' where not exists (select from public.steward_guests);
`;

const TASK = `// Greets a guest. It says what is done, and nothing of retries or timeouts: those stand in steward/lifecycles/greeting.sql.
import { defineTask } from "steward";

export default defineTask(async (step, { greeting }) => {
  const [guest] = await step.query<{ name: string }>("select name from public.steward_guests where id = $1", [
    step.subjectId,
  ]);
  if (guest === undefined) return undefined; // deleted meanwhile
  step.log.info(\`\${greeting}, \${guest.name}!\`);
  // What is returned commits together with the step's completion, or not at all.
  return (db) => db.query("update public.steward_guests set greeted_at = now() where id = $1", [step.subjectId]);
});
`;

const TEST = `import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createTestDatabase } from "steward/testing";

const database = await createTestDatabase();
after(() => database.close());

test("a new guest is greeted", async () => {
  const { rows } = await database.pool.query("insert into public.steward_guests (name) values ('Ada') returning id");
  await database.drain();
  await database.expectRun({ kind: "greeting", subject: rows[0].id, status: "succeeded" });
  const { rows: ungreeted } = await database.pool.query("select from public.steward_guests where greeted_at is null");
  assert.equal(ungreeted.length, 0);
});
`;
