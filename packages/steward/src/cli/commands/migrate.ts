// steward migrate: the engine's schema, and the application's lifecycles.
import { type AddCommand, action, type Context, wholeNumber } from "../action.ts";

const HELP = `
It migrates the schemas steward, steward_private and graphile_worker (GRAPHILE_WORKER_SCHEMA names another), and no other.
Then it applies the SQL files of your lifecycles folder that are new or have changed. It may run while workers and servers run,
and in several processes at once. The role of DATABASE_URL owns what it makes; it needs no right but to create schemas.
It makes no role and no login: those of readers are yours to make (docs/adopt.md).

With --sql it prints the engine's migrations and touches no database, for a migration of your own tool:
  $ npx steward migrate --sql > migrations/0042_steward.sql
  $ npx steward migrate --sql --from 3 > migrations/0051_steward.sql      from an installed version on`;

interface Options {
  readonly sql?: boolean;
  readonly from: number;
}

const add: AddCommand = (program) => {
  program
    .command("migrate")
    .summary("bring the database up to this version")
    .description("Brings the database up to this version of Steward, and applies your lifecycles.")
    .option("--sql", "print plain SQL for another migration tool instead")
    .option("--from <number>", "with --sql: the engine's newest migration that the database has", wholeNumber, 0)
    .addHelpText("after", HELP)
    .action(
      action(async (context, options: Options) => (options.sql ? printSql(context, options) : migrateNow(context))),
    );
};

export default add;

async function migrateNow(context: Context): Promise<void> {
  const { migrateSetting } = await import("../../setting/migrate.ts");
  const { logLittle } = await import("../../log.ts");
  logLittle();
  const setting = await context.setting();
  const database = await context.attachDatabase();
  try {
    const { applied, repaired } = await migrateSetting(setting, database.url);
    const lines = [
      ...applied.map((name) => `applied ${name}`),
      ...repaired.map((name) => `made again: ${name}`),
      "The database is up to date.",
    ];
    context.say(lines.join("\n"), { applied, repaired });
  } finally {
    await database.release();
  }
}

async function printSql(context: Context, { from }: Options): Promise<void> {
  const { enginePart } = await import("../../migrate/index.ts");
  const { printMigrations } = await import("../../migrate/print.ts");
  const { engine } = await context.setting();
  process.stdout.write(await printMigrations(await enginePart(engine.queueSchema), from));
}
