// Lanes: what steps run against, whether it works, and how much waits for it.
import { useContext } from "react";
import type { Lane } from "../api/documents.ts";
import { OverviewContext, useOverview } from "../api/overview.ts";
import { about, capped, count, duration, rate } from "../parts/format.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { PauseButton, PauseState } from "../parts/pause-button.tsx";
import { Sign } from "../parts/status.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Ago, Until } from "../parts/time.tsx";
import { TasksTable } from "./tasks.tsx";

export function LanesPage() {
  const { lanes, tasks } = useOverview() ?? {};
  return (
    <>
      <PageTitle title="Lanes" />
      <p className="lead">
        A lane is what steps run against: the database, or a service. When a service is in trouble its lane stops by
        itself and tries again.
      </p>
      {lanes ? <LanesTable lanes={lanes} isWhole /> : <p role="status">Loading…</p>}
      {tasks && (
        <section className="below">
          <h2>Tasks</h2>
          <p className="lead">
            A task is what a step executes. Pausing one holds its steps, in whatever lane they are.
          </p>
          <TasksTable tasks={tasks} />
        </section>
      )}
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
  const columns: readonly Column<Lane>[] = [
    { title: "Lane", as: "head", of: ({ name, remark }) => <Remarked name={name} remark={remark} /> },
    { title: "State", of: (lane) => <LaneState lane={lane} isWhole={isWhole} /> },
    { title: "Running", as: "figure", of: runningOf },
    { title: "Backlog", as: "figure", of: ({ backlog }) => capped(backlog) },
    {
      title: "Oldest",
      as: "figure",
      of: ({ oldestSeconds }) => (oldestSeconds === null ? "–" : duration(oldestSeconds * 1_000)),
    },
    { title: "Steps/s", as: "figure", of: (lane) => rate(lane.rate) },
    { title: "Drained in", as: "figure", of: drainedIn },
    {
      title: "Pause",
      as: "acts",
      of: ({ name, pause }) => (
        <PauseButton target={{ lane: name }} name={`the lane ${name}`} pause={pause} onDone={refresh} />
      ),
    },
  ];
  return <Table name="Lanes" columns={columns} rows={lanes} keyOf={({ name }) => name} />;
}

function Remarked({ name, remark }: Pick<Lane, "name" | "remark">) {
  return (
    <>
      {name}
      {remark !== null && <small> {remark}</small>}
    </>
  );
}

function runningOf({ running, places }: Lane) {
  return (
    <>
      {capped(running)}
      {places !== null && <small> of {places}</small>}
    </>
  );
}

function drainedIn({ backlog, drainSeconds }: Lane): string {
  if (backlog === 0) return "–";
  return drainSeconds === null ? "stands still" : about(drainSeconds);
}

function LaneState({ lane, isWhole }: { readonly lane: Lane; readonly isWhole: boolean }) {
  const { pause, openUntil, isProbing, errorCode, errorMessage, failures, downSince } = lane;
  if (pause) return <PauseState pause={isWhole ? pause : { ...pause, reason: null }} />;
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
