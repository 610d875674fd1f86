// What can be done to the chosen runs, or to all that fit the filters.
import { useState } from "react";
import type { RunRow } from "../api/documents.ts";
import type { RunsAct, RunsFilter } from "../api/steering.ts";
import { count } from "../parts/format.ts";
import { ACTS, SteerRuns } from "../parts/steer-runs.tsx";
import type { Filters } from "./run-filters.ts";

const OFFERED: readonly RunsAct[] = ["retryRuns", "cancelRuns", "suspendRuns", "resumeRuns", "reprioritiseRuns"];

interface BulkBarProps {
  readonly chosen: readonly RunRow[];
  readonly filters: Filters;
  readonly onDone: () => void;
}

export function BulkBar({ chosen, filters, onDone }: BulkBarProps) {
  const [isAll, setAll] = useState(false);
  const [open, setOpen] = useState<{ readonly act: RunsAct; readonly filters: readonly RunsFilter[] }>();
  if (chosen.length === 0) return null;
  const meant = isAll && filters.acts ? filters.acts : chosen.map(({ id }) => ({ id }));
  return (
    <div className="bulk" role="group" aria-label="Act on runs">
      <span role="status">
        {isAll && filters.acts ? "All runs that fit the filters" : `${count(chosen.length, "run")} chosen`}
      </span>
      {filters.acts && (
        <label>
          <input type="checkbox" checked={isAll} onChange={(event) => setAll(event.target.checked)} /> all that fit the
          filters, on other pages too
        </label>
      )}
      <span className="buttons">
        {OFFERED.map((act) => (
          <button key={act} type="button" onClick={() => setOpen({ act, filters: meant })}>
            {ACTS[act].verb}…
          </button>
        ))}
      </span>
      {open && (
        <SteerRuns
          {...open}
          onClose={(changed) => {
            setOpen(undefined);
            if (changed) onDone();
          }}
        />
      )}
    </div>
  );
}
