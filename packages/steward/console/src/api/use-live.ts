// Reads something and keeps it fresh: again when told that it changed, every few seconds where nothing tells, never in a hidden tab.
import { useCallback, useEffect, useRef } from "react";
import {
  type AnyVariables,
  type CombinedError,
  type TypedDocumentNode,
  useClient,
  useQuery,
  useSubscription,
} from "urql";
import { POLL_MS, socketOpen, useHeld } from "./connection.ts";

export interface Read<Data> {
  readonly data: Data | undefined;
  readonly error: CombinedError | undefined;
  readonly isLoading: boolean;
  refresh(): void;
}

/** `skip`: nothing is asked yet. `stays`: only when it is refreshed, for a list whose rows must not move under the eyes of who reads it. */
export function useRead<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { skip = false, stays = false }: { readonly skip?: boolean; readonly stays?: boolean } = {},
): Read<Data> {
  const isOpen = socketOpen.use();
  const isPaused = useHeld();
  const client = useClient();
  const [{ data, error, fetching }] = useQuery<Data, Variables>({
    query,
    variables,
    pause: skip,
    requestPolicy: "cache-and-network",
  } as never);
  // What was read before stays when the server cannot be reached.
  const key = JSON.stringify(variables);
  const kept = useRef<{ readonly key: string; readonly data: Data | undefined }>({ key, data: undefined });
  if (data !== undefined || kept.current.key !== key) kept.current = { key, data };
  // Beside the query above, which is told of the answer: it is not begun anew.
  const refresh = useCallback(() => {
    void client
      .query<Data, Variables>(query, JSON.parse(key) as Variables, { requestPolicy: "network-only" })
      .toPromise();
  }, [client, query, key]);
  const isLeftAlone = isPaused || skip || stays;

  useEffect(() => {
    if (isLeftAlone || isOpen) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) refresh();
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [isOpen, isLeftAlone, refresh]);

  // What changed while nobody told of it: after a pause, a hidden tab, and when the websocket goes and comes back.
  const before = useRef({ hasBegun: false, wasLost: false });
  useEffect(() => {
    const { hasBegun, wasLost } = before.current;
    before.current = { hasBegun: true, wasLost: hasBegun && (!isOpen || isPaused) };
    if (isLeftAlone) return undefined;
    if (hasBegun && (!isOpen || wasLost)) refresh();
    const onVisible = () => {
      if (!document.hidden) refresh();
    };
    document.addEventListener("visibilitychange", onVisible);
    return () => document.removeEventListener("visibilitychange", onVisible);
  }, [isOpen, isPaused, isLeftAlone, refresh]);

  return { data: kept.current.data, error, isLoading: fetching && kept.current.data === undefined, refresh };
}

/** Follows a subscription: what comes is put into the cache, so that all who read the same rows see it. `onData` is told of each. */
export function useFollow<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { skip = false, onData }: { readonly skip?: boolean; readonly onData?: () => void } = {},
): void {
  const isPaused = useHeld();
  useSubscription<Data, Data, Variables>({ query, variables, pause: isPaused || skip } as never, (_before, data) => {
    onData?.();
    return data;
  });
}

/** Calls at once, then at most once in `pauseMs`, the last time included. */
export function useThrottled(call: () => void, pauseMs: number): () => void {
  const latest = useRef(call);
  latest.current = call;
  const state = useRef<{ timer: number | undefined; isWanted: boolean }>({ timer: undefined, isWanted: false });
  useEffect(() => () => clearTimeout(state.current.timer), []);
  const run = useRef(() => {
    const now = state.current;
    if (now.timer !== undefined) {
      now.isWanted = true;
      return;
    }
    latest.current();
    now.timer = window.setTimeout(() => {
      now.timer = undefined;
      if (!now.isWanted) return;
      now.isWanted = false;
      run.current();
    }, pauseMs);
  });
  return run.current;
}
