// Steps of a run, with every attempt: when it began, how long it took, how it ended, and the error in its own words.
import { useEffect, useState } from "react";
import { type Attempt, type RunDetail, STEPS, type StepRow } from "../api/documents.ts";
import { useRead } from "../api/use-live.ts";
import { clock, moment, number, spoken } from "../parts/format.ts";
import { Pages, usePlace } from "../parts/pages.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { Status } from "../parts/status.tsx";
import { Took, Until } from "../parts/time.tsx";
import { Timeline } from "./timeline.tsx";

const PAGE = 25;
const ENDED = ["succeeded", "failed", "cancelled"];

interface StepsProps {
  readonly run: RunDetail;
  /** Only steps of this name. */
  readonly stage: string | undefined;
  /** Another number after each change of the run. */
  readonly changes: number;
}

export function Steps({ run, stage, changes }: StepsProps) {
  const place = usePlace();
  const [onlyFailed, setOnlyFailed] = useState(false);
  const condition = {
    runId: run.id,
    ...(stage !== undefined && { name: stage }),
    ...(onlyFailed && { statuses: ["failed", "retrying"] }),
  };
  const { data, error, isLoading, refresh } = useRead(STEPS, { condition, first: PAGE, after: place.after });
  useEffect(() => {
    if (changes > 1) refresh();
    // The first is told as soon as it is listened to.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [changes]);
  const steps = data?.steps.nodes ?? [];
  return (
    <section>
      <h2>{stage === undefined ? "All steps" : `Steps ${spoken(stage)}`}</h2>
      <label className="choice-line">
        <input
          type="checkbox"
          checked={onlyFailed}
          onChange={(event) => {
            setOnlyFailed(event.target.checked);
            place.turn([]);
          }}
        />{" "}
        only those in trouble
      </label>
      <ProblemNote error={error} />
      {isLoading && <p role="status">Loading…</p>}
      {data && steps.length === 0 && <p className="empty">{onlyFailed ? "No step is in trouble." : "No step yet."}</p>}
      {steps.length > 0 && <Timeline run={run} steps={steps} />}
      {steps.length > 0 && (
        <ul className="steps">
          {steps.map((step) => (
            <StepItem key={step.id} step={step} />
          ))}
        </ul>
      )}
      <Pages place={place} page={data?.steps} />
    </section>
  );
}

function StepItem({ step }: { readonly step: StepRow }) {
  const {
    name,
    item,
    lane,
    status,
    attempts,
    maxAttempts,
    total,
    done,
    readyAt,
    errorCode,
    errorMessage,
    waitsFor,
    history,
    startedAt,
    finishedAt,
  } = step;
  const isOpen = !ENDED.includes(status);
  return (
    <li>
      <p className="run-line">
        <Status value={status} />
        <strong>
          {spoken(name)} {item}
        </strong>
        <span className="faint">
          {lane}
          {attempts > 0 && `, attempt ${attempts} of ${maxAttempts}`}
        </span>
        {startedAt && (
          <span className="faint">
            <Took from={startedAt} to={finishedAt} />
          </span>
        )}
        {total !== null && Number(total) > 0 && (
          <span>
            {number(Number(done))} of {number(Number(total))}
          </span>
        )}
        {isOpen && status === "retrying" && (
          <span>
            next try <Until at={readyAt} />
          </span>
        )}
        {isOpen && waitsFor && !errorCode && <span>{waitsFor}</span>}
      </p>
      {errorCode && (
        <p className="error">
          <strong>{errorCode}</strong> {errorMessage}
        </p>
      )}
      {history && history.length > 0 && <Attempts history={history} />}
    </li>
  );
}

function Attempts({ history }: { readonly history: readonly Attempt[] }) {
  const isPlain = history.length === 1 && history[0]?.outcome === "succeeded";
  return (
    <details open={!isPlain}>
      <summary>
        {history.length} {history.length === 1 ? "attempt" : "attempts"}
      </summary>
      <ol className="attempts">
        {history.map((attempt) => (
          <li key={attempt.attempt}>
            <span className="faint">#{attempt.attempt}</span>{" "}
            <span className={OUTCOME_CLASS[attempt.outcome] ?? ""}>{OUTCOMES[attempt.outcome] ?? attempt.outcome}</span>
            {attempt.repeats > 1 && ` ${attempt.repeats} times`}
            {attempt.begunAt && (
              <span className="faint" title={moment(attempt.begunAt)}>
                {" "}
                {clock(attempt.begunAt)}, <Took from={attempt.begunAt} to={attempt.endedAt} />
              </span>
            )}
            {attempt.host && (
              <span className="faint">
                {" "}
                on {attempt.host} ({attempt.pid})
              </span>
            )}
            {attempt.errorCode && (
              <>
                {" "}
                <strong>{attempt.errorCode}</strong> {attempt.errorMessage}
              </>
            )}
            {attempt.words && <pre tabIndex={0}>{attempt.words}</pre>}
            {attempt.blockedBy && <small> held up by {attempt.blockedBy}</small>}
          </li>
        ))}
      </ol>
    </details>
  );
}

const OUTCOMES: Readonly<Record<string, string>> = {
  never: "failed for good",
  later: "failed, tries again",
  wait: "the service was in trouble, waits",
  defer: "put off",
  blocked: "held up by a lock",
  release: "was taken from it",
  rescued: "its worker died or hung, others take over",
};
const OUTCOME_CLASS: Readonly<Record<string, string>> = { never: "bad", later: "warn", wait: "warn", rescued: "warn" };
