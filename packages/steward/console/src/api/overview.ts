// How the whole stands, for everybody on the page who wants to know.
import { createContext, useCallback, useContext, useEffect, useRef } from "react";
import { useHeld } from "./connection.ts";
import { OVERVIEW, OVERVIEW_CHANGED, type Overview } from "./documents.ts";
import { type Read, useFollow, useRead, useThrottled } from "./use-live.ts";

export const OverviewContext = createContext<Read<{ overview: Overview }>>({
  data: undefined,
  error: undefined,
  isLoading: true,
  refresh: () => undefined,
});

const SERVER_KEEPS_MS = 1_000;

/** Once a page. */
export function useOverviewRead(): Read<{ overview: Overview }> {
  useFollow(OVERVIEW_CHANGED, {});
  const read = useRead(OVERVIEW, {});
  const { refresh } = read;
  return {
    ...read,
    // The server may answer with what it knew up to a second ago.
    refresh: useCallback(() => {
      refresh();
      setTimeout(refresh, SERVER_KEEPS_MS);
    }, [refresh]),
  };
}

export function useOverview(): Overview | undefined {
  return useContext(OverviewContext).data?.overview;
}

/** Whether the person may steer everything; undefined until that is known. */
export function useIsOperator(): boolean | undefined {
  const overview = useOverview();
  return overview && overview.lanes !== null;
}

/** Between two looks because something has changed somewhere. */
const LOOK_MS = 1_000;

/** Calls when anything has changed that one may see: the overview is told of that, at most once a second. */
export function useChanges(call: () => void, isWanted = true): void {
  const isPaused = useHeld();
  const look = useThrottled(call, LOOK_MS);
  const now = useOverview()?.now;
  const seen = useRef(now);
  useEffect(() => {
    if (!isWanted || isPaused || seen.current === now) return;
    seen.current = now;
    look();
  }, [now, isWanted, isPaused, look]);
}
