// Reads something and keeps it fresh: again when told that it changed, every few seconds where nothing tells, never in a hidden tab.
import { useEffect, useRef } from "react";
import { type AnyVariables, type CombinedError, type TypedDocumentNode, useQuery, useSubscription } from "urql";
import { POLL_MS, paused, socketOpen } from "./connection.ts";

export interface Read<Data> {
  readonly data: Data | undefined;
  readonly error: CombinedError | undefined;
  readonly isLoading: boolean;
  refresh(): void;
}

/** `isPolled`: every few seconds also while the websocket is open, for what no subscription tells of. */
export function useRead<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { isPolled = false, skip = false }: { readonly isPolled?: boolean; readonly skip?: boolean } = {},
): Read<Data> {
  const isOpen = socketOpen.use();
  const isPaused = paused.use();
  const [{ data, error, fetching }, execute] = useQuery<Data, Variables>({
    query,
    variables,
    pause: skip,
    requestPolicy: "cache-and-network",
  } as never);
  const refresh = () => execute({ requestPolicy: "network-only" });
  const latest = useRef(refresh);
  latest.current = refresh;
  const isLeftAlone = isPaused || skip;

  useEffect(() => {
    if (isLeftAlone || (isOpen && !isPolled)) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [isOpen, isLeftAlone, isPolled]);

  // What changed while nobody told of it: after a pause, a hidden tab, a websocket that was away.
  const hasBegun = useRef(false);
  useEffect(() => {
    if (isLeftAlone) return undefined;
    if (hasBegun.current && isOpen) latest.current();
    hasBegun.current = true;
    const onVisible = () => {
      if (!document.hidden) latest.current();
    };
    document.addEventListener("visibilitychange", onVisible);
    return () => document.removeEventListener("visibilitychange", onVisible);
  }, [isOpen, isLeftAlone]);

  return { data, error, isLoading: fetching && data === undefined, refresh };
}

/** Follows a subscription: what comes is put into the cache, so that all who read the same rows see it. `onData` is told of each. */
export function useFollow<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { skip = false, onData }: { readonly skip?: boolean; readonly onData?: () => void } = {},
): void {
  const isPaused = paused.use();
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
