// Before a token ends the person is warned, and can sign in again without leaving what they are at. Where the server gives tokens by itself
// it is asked for the next one in time.
import { useEffect, useState } from "react";
import { renew, session, settings } from "../api/session.ts";
import type { TokenFacts } from "../api/token.ts";
import { Dialog } from "../parts/dialog.tsx";
import { useNow } from "../parts/now.ts";
import { Until } from "../parts/time.tsx";
import { SignInForm } from "./sign-in.tsx";

const MOST_MS = 300_000;
/** Of a token that is short anyway, half of its time is early enough. */
const earlyOf = ({ from, to }: { from: number | undefined; to: number }) =>
  from === undefined ? MOST_MS : Math.min(MOST_MS, (to - from) / 2);

export function SignInEnds() {
  const { state, token } = session.use();
  if (state === "ended") return <Ended />;
  return state === "in" && token?.to !== undefined ? <Ending key={token.to} {...token} to={token.to} /> : null;
}

function Ending({ from, to }: TokenFacts & { readonly to: number }) {
  const { signsIn } = settings.use();
  const isSoon = useNow() > to - earlyOf({ from, to });
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (isSoon && signsIn) void renew();
  }, [isSoon, signsIn]);
  if (!isSoon || signsIn) return null;
  return (
    <div className="note note-warn sign-in-ends">
      <span role="status">Your sign-in ends soon. Sign in again before, and nothing that you have begun is lost.</span>{" "}
      <span>
        It ends <Until at={new Date(to).toISOString()} />.
      </span>{" "}
      <button type="button" onClick={() => setOpen(true)}>
        Sign in again…
      </button>
      {isOpen && <Again title="Sign in again" onClose={() => setOpen(false)} />}
    </div>
  );
}

function Ended() {
  const [isOpen, setOpen] = useState(true);
  return (
    <div className="note note-bad sign-in-ends">
      <span role="alert">Your sign-in has ended. What you see stays as it was.</span>{" "}
      <button type="button" onClick={() => setOpen(true)}>
        Sign in again…
      </button>
      {isOpen && <Again title="Your sign-in has ended" onClose={() => setOpen(false)} />}
    </div>
  );
}

function Again({ title, onClose }: { readonly title: string; readonly onClose: () => void }) {
  const { openId } = settings.use();
  return (
    <Dialog title={title} onClose={onClose}>
      <p>
        Sign in as the same person, and you go on where you are.
        {openId &&
          " Signing in elsewhere leads back to this view; what you have written and not sent is there when you open its dialog again."}
      </p>
      <SignInForm />
    </Dialog>
  );
}
