// steward server: the API alone.
import { type AddCommand, action, type Context } from "../action.ts";

const HELP = `
It answers at HOST and PORT (127.0.0.1:5678): the page at /, GraphQL at /graphql for runs, steps, their progress, retryRun, cancelRun and the subscription
runChanged; /healthz, /readyz and /metrics. An application that has a PostGraphile of its own adds stewardPreset to it instead.

API_DATABASE_URL is its login, DATABASE_URL is not used. The database roles of requests are readers in steward.config; who asks is what a token says in
JWT_SUBJECT_CLAIM (sub): they see the runs whose owner has that id. JWT_SECRET or JWKS_URL verifies tokens, JWT_ROLE_CLAIM says who is an administrator.

  $ npx steward token --sub 42`;

const add: AddCommand = (program) => {
  program
    .command("server")
    .summary("serve the page, and runs as GraphQL")
    .description("Serves the page, and runs and steps as GraphQL, until it is told to stop.")
    .addHelpText("after", HELP)
    .action(action(serve));
};

export default add;

async function serve(context: Context): Promise<void> {
  const { stopSignal, untilAborted } = await import("../../shutdown.ts");
  const { createServer } = await import("../../setting/server.ts");
  const stopping = stopSignal();
  const setting = await context.setting();
  const server = await createServer(setting, setting.apiUrl);
  try {
    const url = await server.listen();
    context.say(`Serving the page at ${url}/ and GraphQL at ${url}/graphql until it is told to stop (Ctrl-C).`, {
      url,
    });
    await untilAborted(stopping);
  } finally {
    await server.close();
  }
}
