// How the whole stands: is it well, what hurts, what can be done.
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Failure, Overview } from "../api/documents.ts";
import { useOverview } from "../api/overview.ts";
import { about, capped, count, duration, rate } from "../parts/format.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { Ago } from "../parts/time.tsx";
import { Alerts } from "./alerts.tsx";
import { Amiss } from "./amiss.tsx";
import { LanesTable } from "./lanes.tsx";
import { LifecyclesTable } from "./lifecycles.tsx";
import { Pace } from "./pace.tsx";

export function OverviewPage() {
  const overview = useOverview();
  return (
    <>
      <PageTitle title="Overview" />
      {overview ? <Whole overview={overview} /> : <p role="status">Loading…</p>}
    </>
  );
}

function Whole({ overview }: { readonly overview: Overview }) {
  const { pace, failures, lanes, lifecycles } = overview;
  const isOperator = lanes !== null;
  return (
    <>
      <Alerts overview={overview} />
      {isOperator && <Amiss />}
      <Tiles overview={overview} />
      <div className="columns">
        {pace && <Pace hour={pace} />}
        {failures && (
          <section>
            <h2>Failures by code</h2>
            <Failures failures={failures} />
          </section>
        )}
      </div>
      {lanes && (
        <section>
          <h2>Lanes</h2>
          <LanesTable lanes={lanes} />
        </section>
      )}
      {lifecycles && (
        <section>
          <h2>Lifecycles</h2>
          <LifecyclesTable lifecycles={lifecycles} />
        </section>
      )}
      <LastActs overview={overview} />
    </>
  );
}

function Tiles({ overview }: { readonly overview: Overview }) {
  const { lanes, workers, openRuns, failedRuns, suspendedRuns, oldestReadySeconds } = overview;
  const backlog = lanes?.reduce((sum, lane) => sum + lane.backlog, 0) ?? 0;
  const drain = lanes?.reduce<number | null>((most, { backlog: of, drainSeconds }) => {
    if (of === 0) return most;
    return drainSeconds === null || most === null ? null : Math.max(most, drainSeconds);
  }, 0);
  return (
    <dl className="tiles">
      <Tile name="steps a second">{rate(overview.rate ?? 0)}</Tile>
      <Tile name="open runs" href="/runs?show=open">
        {capped(openRuns)}
      </Tile>
      {suspendedRuns > 0 && (
        <Tile name="suspended" href="/runs?show=suspended">
          {capped(suspendedRuns)}
        </Tile>
      )}
      <Tile
        name="backlog"
        note={backlog === 0 ? "nothing waits" : drain === null || drain === undefined ? "stands still" : about(drain)}
      >
        {capped(backlog)}
      </Tile>
      <Tile name="oldest ready step">
        {oldestReadySeconds === null ? "none" : duration(oldestReadySeconds * 1_000)}
      </Tile>
      <Tile name="failed, last hour" href="/runs?show=failed" isBad={failedRuns > 0}>
        {capped(failedRuns)}
      </Tile>
      <Tile name="workers" href="/workers" isBad={workers?.length === 0}>
        {workers?.length ?? 0}
      </Tile>
    </dl>
  );
}

interface TileProps {
  readonly name: string;
  readonly href?: string;
  readonly note?: string;
  readonly isBad?: boolean | undefined;
  readonly children: ReactNode;
}

function Tile({ name, href, note, isBad, children }: TileProps) {
  return (
    <div className={isBad ? "tile bad" : "tile"}>
      <dt>{name}</dt>
      <dd>
        {href ? <Link href={href}>{children}</Link> : children}
        {note && <small>{note}</small>}
      </dd>
    </div>
  );
}

function Failures({ failures }: { readonly failures: readonly Failure[] }) {
  if (failures.length === 0) return <p className="faint">No run failed within the last hour.</p>;
  return (
    <ul className="failures">
      {failures.map(({ code, message, runs, lastAt }) => (
        <li key={code}>
          <Link href={`/runs?show=failed${code ? `&code=${encodeURIComponent(code)}` : ""}`}>
            {code ?? "no code"}: {count(runs, "run")}
          </Link>
          <span>{message}</span>
          <span className="faint">
            last <Ago at={lastAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function LastActs({ overview: { lastActs } }: { readonly overview: Overview }) {
  if (!lastActs?.length) return null;
  return (
    <section>
      <h2>Last acts</h2>
      <ul className="acts">
        {lastActs.map(({ at, actor, action, reason, runs }) => (
          <li key={at + action}>
            <Ago at={at} /> <strong>{actor}</strong>: {action} {runs > 0 && count(runs, "run")}
            {reason && <q>{reason}</q>}
          </li>
        ))}
      </ul>
      <Link href="/audit">All acts</Link>
    </section>
  );
}
