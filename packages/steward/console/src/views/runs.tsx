// Runs: narrowed down, page by page, kept fresh in place; chosen ones can be acted upon.
import { useEffect, useMemo, useState } from "react";
import { paused, socketOpen } from "../api/connection.ts";
import { RUN_IDS, RUNS, RUNS_BY_IDS, RUNS_CHANGED, type RunRow } from "../api/documents.ts";
import { useChanges, useIsOperator, useOverview } from "../api/overview.ts";
import { useFollow, useRead } from "../api/use-live.ts";
import { Choice } from "../parts/choice.tsx";
import { Find } from "../parts/find.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { type Filters, SHOWS, SINCES, useFilters } from "./run-filters.ts";
import { RunsTable } from "./runs-table.tsx";

const PAGE = 50;
const MOST_NEW = 99;
const OPEN = ["pending", "running", "suspended"];

export function RunsPage() {
  const filters = useFilters();
  return (
    <>
      <PageTitle title="Runs" />
      <FilterBar filters={filters} />
      {filters.problem === undefined ? (
        <List key={JSON.stringify(filters.values)} filters={filters} />
      ) : (
        <p className="note note-warn" role="alert">
          {filters.problem} Nothing is shown, so that nothing is done to runs that you did not mean.
        </p>
      )}
    </>
  );
}

function FilterBar({ filters: { values, show, set } }: { readonly filters: Filters }) {
  const overview = useOverview();
  const kinds = overview?.lifecycles?.map(({ kind }) => kind) ?? [];
  return (
    <div className="filters">
      <div className="chips" role="group" aria-label="State">
        {Object.keys(SHOWS).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={show === name}
            onClick={() => set({ show: name === "all" ? undefined : name })}
          >
            {name}
          </button>
        ))}
      </div>
      <Find
        label="Search by the id of a run, a subject or an owner"
        placeholder="Id of a run, subject or owner"
        value={values.q}
        onFind={(q) => set({ q })}
      />
      <Choice
        name="Lifecycle"
        any="any lifecycle"
        value={values.kind}
        choices={kinds}
        onChoose={(kind) => set({ kind })}
      />
      <Choice
        name="Begun"
        any="at any time"
        value={values.since}
        choices={Object.keys(SINCES)}
        textOf={(since) => `last ${since}`}
        onChoose={(since) => set({ since })}
      />
      {values.code && (
        <button
          type="button"
          className="chip"
          onClick={() => set({ code: undefined })}
          aria-label={`Any code, not only ${values.code}`}
        >
          code {values.code} ✕
        </button>
      )}
    </div>
  );
}

function List({ filters }: { readonly filters: Filters }) {
  const { condition, after } = filters;
  const isOperator = useIsOperator();
  const { data, error, isLoading, refresh } = useRead(RUNS, { first: PAGE, after, condition }, { stays: true });
  const rows = data?.runs.nodes ?? [];
  useFollowRows(rows);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  return (
    <>
      <ProblemNote error={error} />
      {after === null && <NewRuns condition={condition} rows={rows} isLoaded={data !== undefined} onShow={refresh} />}
      {isLoading && <p role="status">Loading…</p>}
      {data && rows.length === 0 && <Empty filters={filters} />}
      {rows.length > 0 && (
        <RunsTable rows={rows} chosen={isOperator ? chosen : undefined} onChoose={setChosen} show={filters.show} />
      )}
      {isOperator && rows.length > 0 && (
        <BulkBar
          chosen={rows.filter(({ id }) => chosen.has(id))}
          filters={filters}
          onDone={() => {
            setChosen(new Set());
            refresh();
          }}
        />
      )}
      <Pages filters={filters} next={data?.runs.pageInfo.hasNextPage ? data.runs.pageInfo.endCursor : null} />
    </>
  );
}

/** Rows on the screen that may still change. */
function useFollowRows(rows: readonly RunRow[]): void {
  const ids = rows
    .filter(({ status }) => OPEN.includes(status))
    .map(({ id }) => id)
    .join(",");
  const variables = useMemo(() => ({ ids: ids.split(",") }), [ids]);
  const isOpen = socketOpen.use();
  useFollow(RUNS_CHANGED, variables, { skip: ids === "" });
  useRead(RUNS_BY_IDS, variables, { skip: ids === "" || isOpen });
}

/** Newer runs do not move what is being read: they are counted. An empty list takes them at once. */
function NewRuns({
  condition,
  rows,
  isLoaded,
  onShow,
}: {
  readonly condition: Filters["condition"];
  readonly rows: readonly RunRow[];
  readonly isLoaded: boolean;
  readonly onShow: () => void;
}) {
  const isPaused = paused.use();
  const { data, refresh } = useRead(RUN_IDS, { condition }, { skip: !isLoaded });
  useChanges(refresh, isLoaded);
  const newest = rows[0]?.id;
  const fresh = data?.runs.nodes.filter(({ id }) => newest === undefined || id > newest).length ?? 0;
  useEffect(() => {
    if (fresh > 0 && newest === undefined) onShow();
  }, [fresh, newest, onShow]);
  if (fresh === 0 || isPaused) return <p className="new-runs" aria-live="polite" />;
  const text = fresh > MOST_NEW ? `${MOST_NEW}+ new runs` : fresh === 1 ? "1 new run" : `${fresh} new runs`;
  return (
    <p className="new-runs" aria-live="polite">
      <button type="button" onClick={onShow}>
        {text}
      </button>
    </p>
  );
}

function Empty({ filters: { values, set } }: { readonly filters: Filters }) {
  const isNarrowed = Object.keys(values).length > 0;
  return isNarrowed ? (
    <p className="empty">
      No run fits these filters.{" "}
      <button
        type="button"
        onClick={() => set({ show: undefined, kind: undefined, code: undefined, q: undefined, since: undefined })}
      >
        Show all runs
      </button>
    </p>
  ) : (
    <p className="empty">No run yet. Insert a row into an attached table, and its run appears here.</p>
  );
}

function Pages({ filters: { after, set }, next }: { readonly filters: Filters; readonly next: string | null }) {
  if (after === null && next === null) return null;
  return (
    <nav className="pages" aria-label="Pages">
      {after !== null && (
        <>
          <button type="button" onClick={() => set({ after: undefined })}>
            Newest
          </button>
          <button type="button" onClick={() => history.back()}>
            Back
          </button>
        </>
      )}
      {next !== null && (
        <button type="button" onClick={() => set({ after: next })}>
          Older
        </button>
      )}
    </nav>
  );
}
