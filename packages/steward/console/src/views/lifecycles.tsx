// Lifecycles: kinds of runs, how many are open and failed, and whether somebody paused them.
import { useContext } from "react";
import { Link } from "wouter";
import type { Lifecycle } from "../api/documents.ts";
import { OverviewContext, useOverview } from "../api/overview.ts";
import { capped } from "../parts/format.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { PauseButton, PauseState } from "../parts/pause-button.tsx";
import { type Column, Table } from "../parts/table.tsx";

export function LifecyclesPage() {
  const lifecycles = useOverview()?.lifecycles;
  return (
    <>
      <PageTitle title="Lifecycles" />
      <p className="lead">A lifecycle says what must follow when a row comes, changes or goes. Each time is a run.</p>
      {lifecycles ? <LifecyclesTable lifecycles={lifecycles} /> : <p role="status">Loading…</p>}
    </>
  );
}

export function LifecyclesTable({ lifecycles }: { readonly lifecycles: readonly Lifecycle[] }) {
  const { refresh } = useContext(OverviewContext);
  if (lifecycles.length === 0) return <p className="faint">No lifecycle is defined yet.</p>;
  const columns: readonly Column<Lifecycle>[] = [
    { title: "Lifecycle", as: "head", of: ({ kind }) => <Link href={runsOf(kind, "all")}>{kind}</Link> },
    { title: "What follows", as: "words", of: ({ description }) => description },
    { title: "Open", as: "figure", of: ({ kind, open }) => <Link href={runsOf(kind, "open")}>{capped(open)}</Link> },
    { title: "Suspended", as: "figure", of: ({ suspended }) => capped(suspended) },
    {
      title: "Failed, 1 h",
      as: "figure",
      of: ({ kind, failed }) => (
        <Link href={runsOf(kind, "failed")} className={failed > 0 ? "bad" : ""}>
          {capped(failed)}
        </Link>
      ),
    },
    { title: "State", of: ({ pause }) => <PauseState pause={pause} /> },
    {
      title: "Pause",
      as: "acts",
      of: ({ kind, pause }) => (
        <PauseButton target={{ lifecycle: kind }} name={`the lifecycle ${kind}`} pause={pause} onDone={refresh} />
      ),
    },
  ];
  return <Table name="Lifecycles" columns={columns} rows={lifecycles} keyOf={({ kind }) => kind} />;
}

function runsOf(kind: string, show: string): string {
  return `/runs?show=${show}&kind=${encodeURIComponent(kind)}`;
}
