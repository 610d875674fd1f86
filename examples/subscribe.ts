// node examples/subscribe.ts URL TOKEN RUN_ID: follows a run live over a websocket, across lost connections.
import { print } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { type StatusFragment, WatchRunDocument, type WatchRunSubscription } from "./generated/operations.ts";
import { describe, hasEnded } from "./status.ts";

/** Yields the run as it is, then after each change, the last time when it has ended. Rejects when there is no such run. */
export async function* watchRun(url: string, token: string, id: string): AsyncGenerator<StatusFragment> {
  const client = createClient({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    // Each connection begins with the present state, so nothing is missed in between. A token that is refused is final.
    retryAttempts: 20,
    shouldRetry: (event) => !(event instanceof Object && "code" in event && event.code === 4401),
  });
  try {
    for await (const { data, errors } of client.iterate<WatchRunSubscription>({
      query: print(WatchRunDocument),
      variables: { id },
    })) {
      if (errors?.[0]) throw new Error(errors[0].message);
      const run = data?.runChanged?.run;
      if (!run) throw new Error(`there is no run ${id}, or you may not see it any more`);
      yield run;
      if (hasEnded(run)) return;
    }
  } finally {
    await client.dispose();
  }
}

if (import.meta.main) {
  const [url = "", token = "", id = ""] = process.argv.slice(2);
  for await (const run of watchRun(url, token, id)) console.log(describe(run));
}
