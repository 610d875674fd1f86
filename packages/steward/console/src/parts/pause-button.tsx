// Pauses a lane, a lifecycle or a task, and lets it go on; asks first and says what follows.
import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import type { Pause } from "../api/documents.ts";
import { useDraft } from "../api/drafts.ts";
import { PAUSE, type PauseTarget, UNPAUSE } from "../api/steering.ts";
import { Dialog } from "./dialog.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { Sign } from "./status.tsx";
import { Ago } from "./time.tsx";

/** Whether it goes on, or since when it is paused, by whom and why. */
export function PauseState({ pause }: { readonly pause: Pause | null }) {
  if (!pause)
    return (
      <span className="status status-succeeded">
        <Sign of="succeeded" /> goes on
      </span>
    );
  return (
    <span className="status status-suspended">
      <Sign of="suspended" /> paused by {pause.by} <Ago at={pause.at} />
      {pause.reason && <q>{pause.reason}</q>}
    </span>
  );
}

export interface PauseButtonProps {
  readonly target: PauseTarget;
  /** "the lane mail". */
  readonly name: string;
  readonly pause: Pause | null;
  readonly onDone: () => void;
}

export function PauseButton({ target, name, pause, onDone }: PauseButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const verb = pause ? "Unpause" : "Pause";
  return (
    <>
      <button type="button" onClick={() => setOpen(true)} aria-label={`${verb} ${name}`}>
        {verb}…
      </button>
      {isOpen && (
        <PauseDialog
          {...{ target, name, pause }}
          onClose={() => {
            setOpen(false);
            onDone();
          }}
        />
      )}
    </>
  );
}

function PauseDialog({
  target,
  name,
  pause,
  onClose,
}: Omit<PauseButtonProps, "onDone"> & { readonly onClose: () => void }) {
  const verb = pause ? "Unpause" : "Pause";
  const [reason, setReason] = useDraft(`${verb} ${name}`);
  const [{ error, fetching }, act] = useMutation(pause ? UNPAUSE : PAUSE);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const { data } = await act({ input: { ...target, ...(reason && { reason }) } });
    if (data?.done) onClose();
  };
  return (
    <Dialog title={`${verb} ${name}`} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <p>
          {pause
            ? `${pause.by} paused it${pause.reason ? ` (“${pause.reason}”)` : ""}. What waits goes on.`
            : "No step of it begins until somebody unpauses it. What runs goes on to its end. Whoever looks at a run that waits is told why."}
        </p>
        <label>
          Why, for those who ask
          <input value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
        </label>
        <ProblemNote error={error} />
        <p className="buttons">
          <button type="button" onClick={onClose}>
            Leave as it is
          </button>
          <button type="submit" className="primary" disabled={fetching}>
            {verb}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
