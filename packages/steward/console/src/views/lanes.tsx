// Lanes: what steps run against, whether it works, and how much waits for it.

import { useContext } from "react";
import type { Lane } from "../api/documents.ts";
import { OverviewContext, useOverview } from "../api/overview.ts";
import { about, capped, count, duration, rate } from "../parts/format.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { PauseButton } from "../parts/pause-button.tsx";
import { Scrolls } from "../parts/scrolls.tsx";
import { Sign } from "../parts/status.tsx";
import { Ago, Until } from "../parts/time.tsx";

export function LanesPage() {
  const lanes = useOverview()?.lanes;
  return (
    <>
      <PageTitle title="Lanes" />
      <p className="lead">
        A lane is what steps run against: the database, or a service. When a service is in trouble its lane stops by
        itself and tries again.
      </p>
      {lanes ? <LanesTable lanes={lanes} isWhole /> : <p role="status">Loading…</p>}
    </>
  );
}

/** `isWhole`: with what is wrong and how to pause it. */
export function LanesTable({
  lanes,
  isWhole = false,
}: {
  readonly lanes: readonly Lane[];
  readonly isWhole?: boolean;
}) {
  const { refresh } = useContext(OverviewContext);
  if (lanes.length === 0) return <p className="faint">No lifecycle is defined yet.</p>;
  return (
    <Scrolls name="Lanes">
      <table>
        <thead>
          <tr>
            <th scope="col">Lane</th>
            <th scope="col">State</th>
            <th scope="col" className="figure">
              Running
            </th>
            <th scope="col" className="figure">
              Backlog
            </th>
            <th scope="col" className="figure">
              Oldest
            </th>
            <th scope="col" className="figure">
              Steps/s
            </th>
            <th scope="col" className="figure">
              Drained in
            </th>
            <th scope="col">
              <span className="unseen">Pause</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {lanes.map((lane) => (
            <tr key={lane.name}>
              <th scope="row">{lane.name}</th>
              <td>
                <LaneState lane={lane} isWhole={isWhole} />
              </td>
              <td className="figure">{capped(lane.running)}</td>
              <td className="figure">{capped(lane.backlog)}</td>
              <td className="figure">{lane.oldestSeconds === null ? "–" : duration(lane.oldestSeconds * 1_000)}</td>
              <td className="figure">{rate(lane.rate)}</td>
              <td className="figure">
                {lane.backlog === 0 ? "–" : lane.drainSeconds === null ? "stands still" : about(lane.drainSeconds)}
              </td>
              <td>
                <PauseButton
                  target={{ lane: lane.name }}
                  name={`the lane ${lane.name}`}
                  pause={lane.pause}
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

function LaneState({ lane, isWhole }: { readonly lane: Lane; readonly isWhole: boolean }) {
  const { pause, openUntil, isProbing, errorCode, errorMessage, failures, downSince } = lane;
  if (pause)
    return (
      <span className="status status-suspended">
        <Sign of="suspended" /> paused by {pause.by} <Ago at={pause.at} />
        {isWhole && pause.reason && <q>{pause.reason}</q>}
      </span>
    );
  if (openUntil === null)
    return (
      <span className="status status-succeeded">
        <Sign of="succeeded" /> works
        {failures > 0 && <small> {count(failures, "failure")} since the last success</small>}
      </span>
    );
  return (
    <span className="status status-retrying">
      <Sign of="stopped" /> stopped,{" "}
      {isProbing ? (
        "one step tries it now"
      ) : (
        <>
          next try <Until at={openUntil} />
        </>
      )}
      {isWhole && (
        <small>
          {" "}
          {errorCode} {errorMessage}{" "}
          {downSince && (
            <>
              Since <Ago at={downSince} />.
            </>
          )}
        </small>
      )}
    </span>
  );
}
