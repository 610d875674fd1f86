// A person's own view: their runs, in plain words.
import { Link } from "wouter";
import { RUNS, RUNS_CHANGED, type RunRow } from "../api/documents.ts";
import { useChanges } from "../api/overview.ts";
import { useFollow, useRead } from "../api/use-live.ts";
import { spoken } from "../parts/format.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { ProgressBar } from "../parts/progress.tsx";
import { Status } from "../parts/status.tsx";
import { Ago, Eta } from "../parts/time.tsx";

const PAGE = 20;

export function MyPage() {
  const { data, error, isLoading, refresh } = useRead(RUNS, { first: PAGE, after: null, condition: {} });
  useChanges(refresh);
  const rows = data?.runs.nodes ?? [];
  useFollow(RUNS_CHANGED, { ids: rows.map(({ id }) => id) }, { skip: rows.length === 0 });
  return (
    <>
      <PageTitle title="My runs" />
      <p className="lead">
        What is being done for you, the newest first. You need not wait here: it goes on without you.
      </p>
      <ProblemNote error={error} />
      {isLoading && <p role="status">Loading…</p>}
      {data && rows.length === 0 && <p className="empty">Nothing is being done for you at the moment.</p>}
      <ul className="mine">
        {rows.map((run) => (
          <Mine key={run.id} run={run} />
        ))}
      </ul>
    </>
  );
}

function Mine({
  run: { id, kind, status, createdAt, progress, estimatedCompletion, errorMessage },
}: {
  readonly run: RunRow;
}) {
  const isOpen = ["pending", "running", "suspended"].includes(status);
  return (
    <li>
      <p className="run-line">
        <Status value={status} />
        <Link href={`/runs/${id}`}>{spoken(kind)}</Link>
        <ProgressBar of={progress} name={spoken(kind)} />
        <span className="faint">
          <Ago at={createdAt} />
        </span>
        {isOpen && <Eta at={estimatedCompletion} />}
      </p>
      {errorMessage && <p className="error">{errorMessage}</p>}
    </li>
  );
}
