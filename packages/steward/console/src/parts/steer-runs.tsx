// Acts on runs by operators: what would change is shown first, exactly; then it is done, with a reason for the audit.
import { type FormEvent, useEffect, useState } from "react";
import { type CombinedError, useClient } from "urql";
import { useDraft } from "../api/drafts.ts";
import { type RunsAct, type RunsFilter, STEER, type Steered, type SteerInput } from "../api/steering.ts";
import { Dialog } from "./dialog.tsx";
import { count, spoken } from "./format.ts";
import { ProblemNote } from "./problem-note.tsx";
import { Status } from "./status.tsx";

const SHOWN = 10;

export const ACTS: Readonly<Record<RunsAct, { readonly verb: string; readonly done: string; readonly says: string }>> =
  {
    retryRuns: {
      verb: "Retry",
      done: "retried",
      says: "Does again what failed or was cancelled. What is done stays done. What waits for its next try begins at once.",
    },
    cancelRuns: {
      verb: "Cancel",
      done: "cancelled",
      says: "Gives up what is not done. What is done stays. A step at work is told to stop. You can retry later.",
    },
    suspendRuns: { verb: "Suspend", done: "suspended", says: "Lets no further step begin until you resume." },
    resumeRuns: { verb: "Resume", done: "resumed", says: "Goes on where it was suspended." },
    reprioritiseRuns: {
      verb: "Reprioritise",
      done: "reprioritised",
      says: "Adds to the priority of each step: smaller goes first, 0 is usual, from 10 on a run waits as bulk work does.",
    },
  };

export interface SteerRunsProps {
  readonly act: RunsAct;
  /** Each of these; what fits several of them is meant once. */
  readonly filters: readonly RunsFilter[];
  readonly onClose: (changed: boolean) => void;
}

export function SteerRuns({ act, filters, onClose }: SteerRunsProps) {
  const { verb, done, says } = ACTS[act];
  const [reason, setReason] = useDraft(act + JSON.stringify(filters));
  const [priority, setPriority] = useState(0);
  const { preview, result, error, isBusy, look, go } = useSteering(act, filters);
  useEffect(() => void look(priority), [priority]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void go(reason, priority);
  };

  if (result)
    return (
      <Dialog title={`${count(result.total, "run")} ${done}`} onClose={() => onClose(true)}>
        <Runs steered={result} />
        <p className="buttons">
          <button type="button" className="primary" onClick={() => onClose(true)}>
            Close
          </button>
        </p>
      </Dialog>
    );
  return (
    <Dialog title={`${verb} ${preview ? count(preview.total, "run") : "runs"}`} onClose={() => onClose(false)}>
      <form onSubmit={submit}>
        <p>{says}</p>
        {act === "reprioritiseRuns" && (
          <label>
            Priority
            <input
              type="number"
              min={-10_000}
              max={10_000}
              value={priority}
              onChange={(event) => setPriority(event.target.valueAsNumber || 0)}
            />
          </label>
        )}
        <ProblemNote error={error} />
        {!preview && !error && <p role="status">Looking at what would change…</p>}
        {preview &&
          (preview.total === 0 ? (
            <p>Nothing would change: no run is in a state for that.</p>
          ) : (
            <Runs steered={preview} />
          ))}
        <label>
          Why, for the audit
          <input value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
        </label>
        <p className="buttons">
          <button type="button" onClick={() => onClose(false)}>
            Leave as it is
          </button>
          <button
            type="submit"
            className={act === "cancelRuns" ? "danger" : "primary"}
            disabled={isBusy || !preview?.total}
          >
            {verb} {preview ? count(preview.total, "run") : ""}
          </button>
        </p>
      </form>
    </Dialog>
  );
}

function Runs({ steered: { runs, total } }: { readonly steered: Steered }) {
  return (
    <ul className="steered">
      {runs.slice(0, SHOWN).map(({ id, kind, subject, was, becomes }) => (
        <li key={id}>
          {spoken(kind)} of {subject}: <Status value={was} />
          {becomes !== was && (
            <>
              {" "}
              becomes <Status value={becomes} />
            </>
          )}
        </li>
      ))}
      {total > SHOWN && <li>and {count(total - Math.min(SHOWN, runs.length), "more run")}</li>}
    </ul>
  );
}

/** One filter after the other: rows that are chosen one by one are one filter each. */
function useSteering(act: RunsAct, filters: readonly RunsFilter[]) {
  const client = useClient();
  const [preview, setPreview] = useState<Steered>();
  const [result, setResult] = useState<Steered>();
  const [error, setError] = useState<CombinedError>();
  const [isBusy, setBusy] = useState(false);
  const steer = async (rest: Omit<SteerInput, "filter">): Promise<Steered | undefined> => {
    const all: Steered[] = [];
    setError(undefined);
    for (const filter of filters) {
      const answer = await client.mutation(STEER[act], { input: { filter, ...rest } });
      if (answer.error) setError(answer.error);
      if (!answer.data?.steered) break;
      all.push(answer.data.steered);
    }
    if (all.length === 0) return undefined;
    const total = all.reduce((sum, steered) => sum + steered.total, 0);
    return { preview: rest.preview, total, runs: all.flatMap(({ runs }) => runs) };
  };
  const withPriority = (priority: number) => (act === "reprioritiseRuns" ? { priority } : {});
  return {
    preview,
    result,
    error,
    isBusy,
    async look(priority: number) {
      setPreview(await steer({ preview: true, ...withPriority(priority) }));
    },
    async go(reason: string, priority: number) {
      setBusy(true);
      setResult(await steer({ preview: false, ...(reason && { reason }), ...withPriority(priority) }));
      setBusy(false);
    },
  };
}
