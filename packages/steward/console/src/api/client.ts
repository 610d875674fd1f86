// The GraphQL client: documents over HTTP, subscriptions over one websocket, every row kept once whatever it was read for.
import { cacheExchange } from "@urql/exchange-graphcache";
import { type Client, createClient, fetchExchange, subscriptionExchange } from "urql";
import { clockOffset, noteAnswer } from "./connection.ts";
import { authorization, noteAccepted, renewAfter } from "./session.ts";
import { openSocket } from "./socket.ts";

/** Types without an id of their own: they belong to what they are read with. */
const EMBEDDED = [
  "OverviewAct",
  "OverviewFailure",
  "OverviewLane",
  "OverviewLifecycle",
  "OverviewPart",
  "OverviewPause",
  "OverviewTask",
  "OverviewWorker",
  "PausePayload",
  "Progress",
  "ReleaseWorkerPayload",
  "RunExplanation",
  "Stage",
  "SteerRunsPayload",
  "SteeredRun",
  "StepAttempt",
];

export interface Connection {
  readonly client: Client;
  close(): void;
}

export function connect(): Connection {
  const socket = openSocket();
  const client = createClient({
    url: "/graphql",
    preferGetMethod: false,
    fetch: ask,
    fetchOptions: () => ({ headers: { authorization: authorization() } }),
    exchanges: [
      cacheExchange({
        keys: {
          // There is one.
          Overview: () => "the",
          ...Object.fromEntries(EMBEDDED.map((type) => [type, () => null])),
        },
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = "", variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.follow({ query, variables: variables ?? {} }, sink) }),
        }),
      }),
    ],
  });
  return { client, close: socket.close };
}

/** Notes whether the server answers. When it refuses the token, asks once more with another one, if there is one. */
async function ask(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  try {
    const used = new Headers(init.headers).get("authorization") ?? "";
    let answer = await fetch(input, init);
    if (answer.status === 401 && (await renewAfter(used))) {
      const headers = new Headers(init.headers);
      headers.set("authorization", authorization());
      answer = await fetch(input, { ...init, headers });
    }
    if (answer.ok) noteAccepted();
    noteAnswer(answer.status < 500);
    const date = answer.headers.get("date");
    // In whole seconds: less than that is not told apart from the way here.
    if (date && Math.abs(Date.parse(date) - Date.now()) > 2_000) clockOffset.set(Date.parse(date) - Date.now());
    return answer;
  } catch (error) {
    if (!init.signal?.aborted) noteAnswer(false);
    throw error;
  }
}
