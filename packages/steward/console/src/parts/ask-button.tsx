// A button that asks before it acts, and says what will happen.
import { useState } from "react";
import type { CombinedError } from "urql";
import { Dialog } from "./dialog.tsx";
import { ProblemNote } from "./problem-note.tsx";

export interface AskButtonProps {
  readonly verb: string;
  readonly title: string;
  readonly says: string;
  readonly isDangerous?: boolean;
  readonly error: CombinedError | undefined;
  /** Resolves to whether it was done. */
  readonly onGo: () => Promise<boolean>;
}

export function AskButton({ verb, title, says, isDangerous = false, error, onGo }: AskButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    if (await onGo()) setOpen(false);
    setBusy(false);
  };
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        {verb}…
      </button>
      {isOpen && (
        <Dialog title={title} onClose={() => setOpen(false)}>
          <p>{says}</p>
          <ProblemNote error={error} />
          <p className="buttons">
            <button type="button" onClick={() => setOpen(false)}>
              Leave as it is
            </button>
            <button
              type="button"
              className={isDangerous ? "danger" : "primary"}
              disabled={isBusy}
              onClick={() => void go()}
            >
              {verb}
            </button>
          </p>
        </Dialog>
      )}
    </>
  );
}
