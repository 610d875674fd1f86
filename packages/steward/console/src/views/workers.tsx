// Worker processes: what they hold, and taking it from one that hangs.
import { useContext, useState } from "react";
import { useMutation } from "urql";
import type { Worker } from "../api/documents.ts";
import { OverviewContext, useOverview } from "../api/overview.ts";
import { RELEASE_WORKER } from "../api/steering.ts";
import { Dialog } from "../parts/dialog.tsx";
import { count, number } from "../parts/format.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Took } from "../parts/time.tsx";

export function WorkersPage() {
  const workers = useOverview()?.workers;
  return (
    <>
      <PageTitle title="Workers" />
      <p className="lead">Processes that execute steps. One that dies is noticed by itself; release one that hangs.</p>
      {!workers && <p role="status">Loading…</p>}
      {workers?.length === 0 && <p className="note note-bad">No worker is running: nothing that waits will begin.</p>}
      {workers && workers.length > 0 && <WorkersTable workers={workers} />}
    </>
  );
}

function WorkersTable({ workers }: { readonly workers: readonly Worker[] }) {
  const [released, setReleased] = useState<Worker>();
  const columns: readonly Column<Worker>[] = [
    { title: "Worker", as: "head", of: ({ id }) => id },
    { title: "Machine", of: ({ host }) => host },
    { title: "Process", as: "figure", of: ({ pid }) => pid },
    { title: "Up for", as: "figure", of: ({ startedAt }) => <Took from={startedAt} to={null} /> },
    { title: "Steps", as: "figure", of: ({ steps }) => number(steps) },
    { title: "Jobs", as: "figure", of: ({ jobs }) => number(jobs) },
    {
      title: "Release",
      as: "acts",
      of: (worker) => (
        <button type="button" onClick={() => setReleased(worker)} aria-label={`Release worker ${worker.id}`}>
          Release…
        </button>
      ),
    },
  ];
  return (
    <>
      <Table name="Workers" columns={columns} rows={workers} keyOf={({ id }) => id} />
      {released && <Release worker={released} onClose={() => setReleased(undefined)} />}
    </>
  );
}

function Release({ worker, onClose }: { readonly worker: Worker; readonly onClose: () => void }) {
  const { refresh } = useContext(OverviewContext);
  const [{ error, fetching, data }, release] = useMutation(RELEASE_WORKER);
  const go = async () => {
    await release({ input: { id: worker.id } });
    refresh();
  };
  return (
    <Dialog title={`Release worker ${worker.id}`} onClose={onClose}>
      <p>
        {data?.done?.message ??
          `Takes ${count(worker.steps, "step")} from it: others begin them again. If it is alive after all it can change nothing of these any more, and comes back as a new one.`}
      </p>
      <ProblemNote error={error} />
      <p className="buttons">
        <button type="button" onClick={onClose}>
          {data?.done ? "Close" : "Leave as it is"}
        </button>
        {!data?.done && (
          <button type="button" className="danger" disabled={fetching} onClick={() => void go()}>
            Release
          </button>
        )}
      </p>
    </Dialog>
  );
}
