// What can be done to one run. An operator is shown what would change; others are asked.
import { useState } from "react";
import { useMutation } from "urql";
import type { RunDetail } from "../api/documents.ts";
import { CANCEL_RUN, RETRY_RUN, type RunsAct } from "../api/steering.ts";
import { Dialog } from "../parts/dialog.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { ACTS, SteerRuns } from "../parts/steer-runs.tsx";

interface RunActsProps {
  readonly run: RunDetail;
  readonly isOperator: boolean;
  readonly onActed: () => void;
}

export function RunActs({ run, isOperator, onActed }: RunActsProps) {
  const [act, setAct] = useState<RunsAct>();
  const close = () => {
    setAct(undefined);
    onActed();
  };
  const acts = offered(run).filter((name) => isOperator || name === "retryRuns" || name === "cancelRuns");
  return (
    <div className="buttons">
      {acts.map((name) => (
        <button
          key={name}
          type="button"
          className={name === "retryRuns" || name === "resumeRuns" ? "primary" : ""}
          onClick={() => setAct(name)}
        >
          {ACTS[name].verb}…
        </button>
      ))}
      {act && isOperator && <SteerRuns act={act} filters={[{ id: run.id }]} onClose={close} />}
      {act && !isOperator && (
        <AskOnce act={act === "retryRuns" ? "retryRuns" : "cancelRuns"} id={run.id} onClose={close} />
      )}
    </div>
  );
}

/** What fits its state, the likeliest first. */
function offered({ status, stages }: RunDetail): RunsAct[] {
  const isBehind = stages.some(({ retrying, failed, cancelled }) => retrying + failed + cancelled > 0);
  if (status === "succeeded") return [];
  if (status === "failed" || status === "cancelled") return ["retryRuns"];
  if (status === "suspended") return ["resumeRuns", "cancelRuns", "reprioritiseRuns"];
  return [...(isBehind ? (["retryRuns"] as const) : []), "suspendRuns", "reprioritiseRuns", "cancelRuns"];
}

function AskOnce({
  act,
  id,
  onClose,
}: {
  readonly act: "retryRuns" | "cancelRuns";
  readonly id: string;
  readonly onClose: () => void;
}) {
  const { verb, says } = ACTS[act];
  const [{ error, fetching }, go] = useMutation(act === "retryRuns" ? RETRY_RUN : CANCEL_RUN);
  const submit = async () => {
    const { data } = await go({ id });
    if (data?.done) onClose();
  };
  return (
    <Dialog title={`${verb} this run`} onClose={onClose}>
      <p>{says}</p>
      <ProblemNote error={error} />
      <p className="buttons">
        <button type="button" onClick={onClose}>
          Leave as it is
        </button>
        <button
          type="button"
          className={act === "cancelRuns" ? "danger" : "primary"}
          disabled={fetching}
          onClick={() => void submit()}
        >
          {verb}
        </button>
      </p>
    </Dialog>
  );
}
