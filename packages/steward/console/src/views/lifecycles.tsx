// Lifecycles: kinds of runs, how many are open and failed, and whether somebody paused them.
import { useContext } from "react";
import { Link } from "wouter";
import type { Lifecycle } from "../api/documents.ts";
import { OverviewContext, useOverview } from "../api/overview.ts";
import { capped } from "../parts/format.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { PauseButton } from "../parts/pause-button.tsx";
import { Scrolls } from "../parts/scrolls.tsx";
import { Sign } from "../parts/status.tsx";
import { Ago } from "../parts/time.tsx";

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
  const runsOf = (kind: string, show: string) => `/runs?show=${show}&kind=${encodeURIComponent(kind)}`;
  return (
    <Scrolls name="Lifecycles">
      <table>
        <thead>
          <tr>
            <th scope="col">Lifecycle</th>
            <th scope="col">What follows</th>
            <th scope="col" className="figure">
              Open
            </th>
            <th scope="col" className="figure">
              Suspended
            </th>
            <th scope="col" className="figure">
              Failed, 1 h
            </th>
            <th scope="col">State</th>
            <th scope="col">
              <span className="unseen">Pause</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {lifecycles.map(({ kind, description, open, suspended, failed, pause }) => (
            <tr key={kind}>
              <th scope="row">
                <Link href={runsOf(kind, "all")}>{kind}</Link>
              </th>
              <td className="words">{description}</td>
              <td className="figure">
                <Link href={runsOf(kind, "open")}>{capped(open)}</Link>
              </td>
              <td className="figure">{capped(suspended)}</td>
              <td className="figure">
                <Link href={runsOf(kind, "failed")} className={failed > 0 ? "bad" : ""}>
                  {capped(failed)}
                </Link>
              </td>
              <td>
                {pause ? (
                  <span className="status status-suspended">
                    <Sign of="suspended" /> paused by {pause.by} <Ago at={pause.at} />
                    {pause.reason && <q>{pause.reason}</q>}
                  </span>
                ) : (
                  <span className="status status-succeeded">
                    <Sign of="succeeded" /> goes on
                  </span>
                )}
              </td>
              <td>
                <PauseButton
                  target={{ lifecycle: kind }}
                  name={`the lifecycle ${kind}`}
                  pause={pause}
                  onDone={refresh}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}
