// What hurts, on top: stopped and paused lanes, paused lifecycles, tasks and workers that are not there.
import { Link } from "wouter";
import type { Lane, Lifecycle, Overview } from "../api/documents.ts";
import { count, spoken } from "../parts/format.ts";
import { Sign } from "../parts/status.tsx";
import { Ago, Took, Until } from "../parts/time.tsx";

export function Alerts({ overview: { lanes, lifecycles, lackingTasks, workers } }: { readonly overview: Overview }) {
  return (
    <div className="alerts">
      {lanes
        ?.filter(({ openUntil }) => openUntil !== null)
        .map((lane) => (
          <Stopped key={lane.name} lane={lane} />
        ))}
      {lanes?.flatMap(({ name, pause, backlog }) =>
        pause ? [<Paused key={name} what={`Lane ${name}`} href="/lanes" pause={pause} waiting={backlog} />] : [],
      )}
      {lifecycles?.flatMap(({ kind, pause, open }: Lifecycle) =>
        pause
          ? [<Paused key={kind} what={`Lifecycle ${spoken(kind)}`} href="/lifecycles" pause={pause} waiting={open} />]
          : [],
      )}
      {workers?.length === 0 && (
        <p className="note note-bad">
          <Sign of="stopped" /> No worker is running: nothing that waits will begin. Start one.
        </p>
      )}
      {lackingTasks?.map((task) => (
        <p key={task} className="note note-bad">
          <Sign of="stopped" /> No worker has the task <strong>{task}</strong>, and steps wait for it. Start a worker of
          the version that has it.
        </p>
      ))}
    </div>
  );
}

function Stopped({
  lane: { name, errorCode, errorMessage, downSince, openUntil, isProbing, backlog },
}: {
  readonly lane: Lane;
}) {
  return (
    <p className="note note-warn">
      <Sign of="stopped" /> Lane <Link href="/lanes">{name}</Link> has been stopped{" "}
      {downSince && (
        <>
          for <Took from={downSince} to={null} />
        </>
      )}
      : <strong>{errorCode}</strong> {errorMessage}{" "}
      {backlog > 0 && `${count(backlog, "step waits", "steps wait")} in its backlog. `}
      It goes on by itself;{" "}
      {isProbing ? "one step tries it now." : <>the next try is {openUntil && <Until at={openUntil} />}.</>}
    </p>
  );
}

interface PausedProps {
  readonly what: string;
  readonly href: string;
  readonly pause: NonNullable<Lane["pause"]>;
  readonly waiting: number;
}

function Paused({ what, href, pause: { by, at, reason }, waiting }: PausedProps) {
  return (
    <p className="note note-info">
      <Sign of="suspended" /> <Link href={href}>{what}</Link> was paused by {by} <Ago at={at} />
      {reason && <q>{reason}</q>}. {count(waiting, "step or run", "steps or runs")} of it wait until somebody unpauses
      it.
    </p>
  );
}
