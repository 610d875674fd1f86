// Subscriptions over one websocket, which comes back by itself: when the server does, and when the person has another token.
import { createClient, type ExecutionResult, type Sink, type SubscribePayload } from "graphql-ws";
import { socketOpen } from "./connection.ts";
import { authorization, renewAfter } from "./session.ts";

const UNAUTHORIZED = 4401;

export interface Socket {
  /** Returns what ends it. */
  follow(payload: SubscribePayload, sink: Sink<ExecutionResult>): () => void;
  close(): void;
}

export function openSocket(): Socket {
  /** What a socket says after it was closed is said of nobody: the next one may be open already. */
  let isClosed = false;
  let used = "";
  const noteOpen = (isOpen: boolean) => {
    if (!isClosed) socketOpen.set(isOpen);
  };
  const socket = createClient({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
    connectionParams: () => {
      used = authorization();
      return { authorization: used };
    },
    keepAlive: 12_000,
    lazyCloseTimeout: 2_000,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: (tries) =>
      new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** tries, 5_000) * (0.5 + Math.random()))),
    on: { connected: () => noteOpen(true), closed: () => noteOpen(false) },
  });

  return {
    follow(payload, sink) {
      let isWanted = true;
      let isAmiss = false;
      let end: () => void;
      const begin = () => {
        end = socket.subscribe(payload, {
          next: (value) => {
            // What is not told any more has to be asked for.
            if (isAmiss !== Boolean(value.errors)) noteOpen(isAmiss);
            isAmiss = Boolean(value.errors);
            sink.next(value as ExecutionResult);
          },
          complete: () => sink.complete(),
          // The client gives up when a token is refused.
          error: (error) => void again(error),
        });
      };
      const again = async (error: unknown) => {
        const isRefused = error instanceof CloseEvent && error.code === UNAUTHORIZED;
        const isRenewed = isRefused && (await renewAfter(used));
        if (isRenewed && isWanted) begin();
        else sink.error(error);
      };
      begin();
      return () => {
        isWanted = false;
        end();
      };
    },
    close() {
      socketOpen.set(false);
      isClosed = true;
      void socket.dispose();
    },
  };
}
