// steward start: everything in one process, for trying it out and for small installations.
import { type AddCommand, action, type Context } from "../action.ts";

const HELP = `
Without DATABASE_URL it starts a Postgres of its own, whose data lies in the folder .data and stays.
With DATABASE_URL (the owner's connection) it works on that database.

  $ npx steward start --watch        takes up new and changed tasks and lifecycles at once`;

const add: AddCommand = (program) => {
  program
    .command("start")
    .summary("migrate, then work, all in one process")
    .description(
      "Brings the database up to date, applies your lifecycles and executes steps, until it is told to stop.",
    )
    .option("--watch", "for development: start again whenever a file of yours changes")
    .addHelpText("after", HELP)
    .action(
      action(async (context, options: { readonly watch?: boolean }) =>
        options.watch ? watch(context) : start(context),
      ),
    );
};

export default add;

async function start(context: Context): Promise<void> {
  const { stopSignal } = await import("../../shutdown.ts");
  const { runWorker } = await import("../../worker/preset.ts");
  const { migrateSetting } = await import("../../setting/migrate.ts");
  const { workerOptions } = await import("../../setting/worker.ts");
  const stopping = stopSignal();
  const setting = await context.setting();
  const database = await context.attachDatabase();
  try {
    const { applied } = await migrateSetting(setting, database.url);
    context.print(welcome(database), { databaseUrl: database.isEmbedded ? database.url : null, applied });
    await runWorker(await workerOptions(setting, database.url), stopping);
  } finally {
    await database.release();
  }
}

async function watch(context: Context): Promise<void> {
  const { watchAndRun } = await import("../watch.ts");
  await watchAndRun(context, "start");
}

function welcome({ url, isEmbedded }: { readonly url: string; readonly isEmbedded: boolean }): string {
  const where = isEmbedded ? `${url}   (embedded, in .data)` : "as in DATABASE_URL";
  return ["", "Steward is ready. Steps are executed until you stop it (Ctrl-C).", `  Postgres  ${where}`, ""].join(
    "\n",
  );
}
