// node examples/poll.ts URL TOKEN RUN_ID: follows a run by asking again and again, as a client without websockets would.
import { setTimeout as sleep } from "node:timers/promises";
import { ClientError, GraphQLClient } from "graphql-request";
import { RunStatusDocument, type StatusFragment } from "./generated/operations.ts";
import { describe, hasEnded } from "./status.ts";

const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** Yields each state that differs from the one before, the last one when the run has ended. Rejects when there is no such run. */
export async function* pollRun(url: string, token: string, id: string): AsyncGenerator<StatusFragment> {
  const client = new GraphQLClient(url, { headers: { authorization: `Bearer ${token}` } });
  let before = "";
  for (let pause = SHORTEST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const run = await ask(client, id);
    if (run !== undefined) {
      const now = JSON.stringify({ ...run, estimatedCompletion: null });
      if (now !== before) {
        yield run;
        pause = SHORTEST_PAUSE_MS;
      }
      if (hasEnded(run)) return;
      before = now;
    }
    await sleep(pause);
  }
}

/** Undefined when the server is busy or its database away: ask again. */
async function ask(client: GraphQLClient, id: string): Promise<StatusFragment | undefined> {
  try {
    const { run } = await client.request(RunStatusDocument, { id });
    if (run === null) throw new Error(`there is no run ${id}, or you may not see it`);
    return run;
  } catch (error) {
    if (error instanceof ClientError && [429, 503].includes(error.response.status)) return undefined;
    throw error;
  }
}

if (import.meta.main) {
  const [url = "", token = "", id = ""] = process.argv.slice(2);
  for await (const run of pollRun(url, token, id)) console.log(describe(run));
}
