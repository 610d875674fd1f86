// What a list of runs is narrowed to: as its address says it, as the query and as acts on all of them take it.
import { useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import type { RunCondition } from "../api/documents.ts";
import type { RunsFilter } from "../api/steering.ts";

/** Name in the address, and the statuses that it means. */
export const SHOWS: Readonly<Record<string, readonly string[]>> = {
  all: [],
  open: ["pending", "running", "suspended"],
  failed: ["failed"],
  suspended: ["suspended"],
  succeeded: ["succeeded"],
  cancelled: ["cancelled"],
};
/** Name in the address, and the hours that it means. */
export const SINCES: Readonly<Record<string, number>> = { "1h": 1, "24h": 24, "7d": 168 };
const NAMES = ["show", "kind", "code", "q", "since", "after"] as const;

export type FilterName = (typeof NAMES)[number];

export interface Filters {
  readonly values: Readonly<Partial<Record<FilterName, string>>>;
  readonly show: string;
  /** What of the address is not understood: then nothing may be done to "all of these". */
  readonly problem: string | undefined;
  readonly condition: RunCondition;
  readonly after: string | null;
  /** The same for acts; undefined where an act cannot say it, or it would mean everything. */
  readonly acts: readonly RunsFilter[] | undefined;
  /** Another address with these changed; the first page, unless `after` is among them. */
  set(changes: Partial<Record<FilterName, string | undefined>>): void;
}

export function useFilters(): Filters {
  const search = useSearch();
  const [, navigate] = useLocation();
  return useMemo(() => {
    const given = new URLSearchParams(search);
    const values = Object.fromEntries(
      NAMES.flatMap((name) => (given.get(name) ? [[name, given.get(name) ?? ""]] : [])),
    );
    return {
      ...readFilters(values, [...given.keys()]),
      set(changes) {
        const next = new URLSearchParams(search);
        if (!("after" in changes)) next.delete("after");
        for (const [name, value] of Object.entries(changes)) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        const text = next.toString();
        navigate(text === "" ? "/runs" : `/runs?${text}`);
      },
    };
  }, [search, navigate]);
}

function readFilters(values: Filters["values"], names: readonly string[]): Omit<Filters, "set"> {
  const show = values.show ?? "all";
  // Not what every object has, such as "constructor".
  const statuses = Object.hasOwn(SHOWS, show) ? SHOWS[show] : undefined;
  const hours = values.since !== undefined && Object.hasOwn(SINCES, values.since) ? SINCES[values.since] : undefined;
  const strange = names.find((name) => !NAMES.some((known) => known === name));
  const problem =
    strange !== undefined
      ? `“${strange}” in the address is no filter.`
      : statuses === undefined
        ? `“${show}” in the address is no state of runs.`
        : values.since !== undefined && hours === undefined
          ? `“${values.since}” in the address is no span of time.`
          : undefined;
  const { kind, code, q } = values;
  const createdAfter = hours === undefined ? undefined : new Date(Date.now() - hours * 3_600_000).toISOString();
  const rest = { ...(kind && { kind }), ...(code && { errorCode: code }), ...(createdAfter && { createdAfter }) };
  const filters = statuses?.length ? statuses.map((status) => ({ ...rest, status })) : [rest];
  const saysNothing = Object.keys(filters[0] ?? {}).length === 0;
  return {
    values,
    show,
    problem,
    condition: { ...rest, ...(statuses?.length && { statuses }), ...(q && { search: q }) },
    after: values.after ?? null,
    acts: problem !== undefined || q !== undefined || saysNothing ? undefined : filters,
  };
}
