// How the whole stands, for everybody on the page who wants to know.
import { createContext, useContext } from "react";
import { OVERVIEW, OVERVIEW_CHANGED, type Overview } from "./documents.ts";
import { type Read, useFollow, useRead } from "./use-live.ts";

export const OverviewContext = createContext<Read<{ overview: Overview }>>({
  data: undefined,
  error: undefined,
  isLoading: true,
  refresh: () => undefined,
});

/** Once a page. */
export function useOverviewRead(): Read<{ overview: Overview }> {
  useFollow(OVERVIEW_CHANGED, {});
  return useRead(OVERVIEW, {});
}

export function useOverview(): Overview | undefined {
  return useContext(OverviewContext).data?.overview;
}

/** Whether the person may steer everything; undefined until that is known. */
export function useIsOperator(): boolean | undefined {
  const overview = useOverview();
  return overview && overview.lanes !== null;
}
