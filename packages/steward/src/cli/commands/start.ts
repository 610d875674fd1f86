// steward start: everything in one process, for trying it out and for small installations.
import type { ApiServer } from "../../http/server.ts";
import type { AttachedDatabase } from "../../setting/database.ts";
import type { Setting } from "../../setting/index.ts";
import { type AddCommand, action, type Context } from "../action.ts";

const HELP = `
Without DATABASE_URL it starts a Postgres of its own, whose data lies in the folder .data and stays.
With DATABASE_URL (the owner's connection) it works on that database, and serves the API where API_DATABASE_URL is set too.

  $ npx steward start --watch        takes up new and changed tasks and lifecycles at once`;

const add: AddCommand = (program) => {
  program
    .command("start")
    .summary("migrate, then work and serve, all in one process")
    .description(
      "Brings the database up to date, applies your lifecycles, executes steps and serves their status, until it is told to stop.",
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
  const { workerOptions } = await import("../../setting/worker.ts");
  const stopping = stopSignal();
  const setting = await context.setting();
  const database = await context.attachDatabase();
  let server: ApiServer | undefined;
  try {
    const { applied, apiUrl } = await prepare(setting, database);
    const options = await workerOptions(setting, database.url);
    const { createServer } = await import("../../setting/server.ts");
    server = apiUrl === undefined ? undefined : await createServer(setting, apiUrl, { isLocal: true });
    const url = await server?.listen();
    context.print(welcome(database, url), {
      databaseUrl: database.isEmbedded ? database.url : null,
      url: url ?? null,
      applied,
    });
    await runWorker(options, stopping);
  } finally {
    await server?.close();
    await database.release();
  }
}

async function watch(context: Context): Promise<void> {
  const { watchAndRun } = await import("../watch.ts");
  await watchAndRun(context, "start");
}

/** Migrates. An embedded database is this application's alone: the roles of its API are made as well. */
async function prepare(setting: Setting, { url, isEmbedded }: AttachedDatabase) {
  const { migrateSetting } = await import("../../setting/migrate.ts");
  if (!isEmbedded) return { ...(await migrateSetting(setting, url)), apiUrl: setting.apiUrl };
  const { embeddedApiUrl, grantReaders, makeReaderRoles, readersOf } = await import("../../setting/server.ts");
  const apiUrl = embeddedApiUrl(setting, url);
  await makeReaderRoles(setting, url);
  const apiLogin = { url: apiUrl, roles: Object.values(readersOf(setting)), schemas: [] };
  const { applied } = await migrateSetting(setting, url, apiLogin);
  await grantReaders(setting, url);
  return { applied, apiUrl };
}

function welcome({ url, isEmbedded }: AttachedDatabase, api: string | undefined): string {
  const where = isEmbedded ? `${url}   (embedded, in .data)` : "as in DATABASE_URL";
  return [
    "",
    "Steward is ready. Steps are executed until you stop it (Ctrl-C).",
    `  Postgres  ${where}`,
    api === undefined ? "  Page      not served: API_DATABASE_URL is not set" : `  Page      ${api}/`,
    ...(api === undefined ? [] : [`  GraphQL   ${api}/graphql`, "  A token   npx steward token --role admin --sub me"]),
    "",
  ].join("\n");
}
