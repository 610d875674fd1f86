// steward worker: executes steps.
import { type AddCommand, action, type Context } from "../action.ts";

const HELP = `
Run as many as you like, on as many machines. A worker that is told to stop (SIGTERM, Ctrl-C) ends what it does or gives it back.
WORKER_CONCURRENCY says how many steps it executes at once (10). With METRICS_PORT it serves /metrics and /healthz there.

  $ npx steward worker --watch        starts again whenever a task or steward.config.ts changes
  $ npx graphile-worker               the same worker, from a graphile.config.ts: export default await workerPreset()`;

const add: AddCommand = (program) => {
  program
    .command("worker")
    .summary("execute steps")
    .description("Executes steps with the tasks of your tasks folder, until it is told to stop.")
    .option("--watch", "for development: start again whenever a file of yours changes")
    .addHelpText("after", HELP)
    .action(
      action(async (context, options: { readonly watch?: boolean }) =>
        options.watch ? watch(context) : work(context),
      ),
    );
};

export default add;

async function work(context: Context): Promise<void> {
  const { stopSignal } = await import("../../shutdown.ts");
  const { serveMetrics } = await import("../../metrics/serve.ts");
  const { runWorker } = await import("../../worker/preset.ts");
  const { workerOptions } = await import("../../setting/worker.ts");
  const stopping = stopSignal();
  const setting = await context.setting();
  const database = await context.attachDatabase();
  try {
    const metrics = serveMetrics(setting.engine, database.url);
    await runWorker(await workerOptions(setting, database.url), stopping);
    await metrics.stop();
  } finally {
    await database.release();
  }
}

async function watch(context: Context): Promise<void> {
  const { watchAndRun } = await import("../watch.ts");
  await watchAndRun(context, "worker");
}
