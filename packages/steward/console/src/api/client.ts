// The GraphQL client: documents over HTTP, subscriptions over one websocket, every row kept once whatever it was read for.
import { cacheExchange } from "@urql/exchange-graphcache";
import { createClient as createSocket, type Client as Socket } from "graphql-ws";
import { type Client, createClient, fetchExchange, subscriptionExchange } from "urql";
import { clockOffset, noteAnswer, socketOpen } from "./connection.ts";
import { authorization, renew } from "./session.ts";

const UNAUTHORIZED = 4401;
/** Types without an id of their own: they belong to what they are read with. */
const EMBEDDED = [
  "OverviewAct",
  "OverviewFailure",
  "OverviewLane",
  "OverviewLifecycle",
  "OverviewMinute",
  "OverviewPause",
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
  const connection = { isClosed: false };
  const socket = openSocket(connection);
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
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables: variables ?? {} }, sink) }),
        }),
      }),
    ],
  });
  return {
    client,
    close() {
      connection.isClosed = true;
      socketOpen.set(false);
      void socket.dispose();
    },
  };
}

/** What a socket says after its connection was closed is said of nobody: the next one may be open already. */
function openSocket(connection: { readonly isClosed: boolean }): Socket {
  return createSocket({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
    connectionParams: () => ({ authorization: authorization() }),
    keepAlive: 12_000,
    lazyCloseTimeout: 2_000,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: (tries) =>
      new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** tries, 5_000) * (0.5 + Math.random()))),
    on: {
      connected() {
        if (!connection.isClosed) socketOpen.set(true);
      },
      closed(event) {
        if (connection.isClosed) return;
        socketOpen.set(false);
        if ((event as CloseEvent).code === UNAUTHORIZED)
          void renew("Your token has ended, or the server does not accept it.");
      },
    },
  });
}

/** Notes whether the server answers, and gets another token when it refuses this one. */
async function ask(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  try {
    const answer = await fetch(input, init);
    noteAnswer(answer.status < 500);
    const date = answer.headers.get("date");
    // In whole seconds: less than that is not told apart from the way here.
    if (date && Math.abs(Date.parse(date) - Date.now()) > 2_000) clockOffset.set(Date.parse(date) - Date.now());
    if (answer.status === 401) await renew("Your token has ended, or the server does not accept it.");
    return answer;
  } catch (error) {
    if (!init?.signal?.aborted) noteAnswer(false);
    throw error;
  }
}
