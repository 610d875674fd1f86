// What hurts, on top: stopped lanes, what is paused, tasks and workers that are not there.
import { Link } from "wouter";
import type { Lane, Overview, Pause } from "../api/documents.ts";
import { count, spoken } from "../parts/format.ts";
import { Sign } from "../parts/status.tsx";
import { Ago, Took, Until } from "../parts/time.tsx";

export function Alerts({ overview }: { readonly overview: Overview }) {
  const { lanes, lackingTasks, workers } = overview;
  const stopped = lanes?.filter(({ openUntil }) => openUntil !== null) ?? [];
  const paused = pausedOf(overview);
  return (
    <div className="alerts">
      {/* Read aloud when it changes. The notes below cannot be: they have times in them that go on. */}
      <p role="status" className="unseen">
        {stopped.map(({ name }) => `Lane ${name} is stopped. `)}
        {paused.map(({ what }) => `${what} is paused. `)}
        {workers?.length === 0 && "No worker is running. "}
        {lackingTasks?.map((task) => `No worker has the task ${task}. `)}
      </p>
      {stopped.map((lane) => (
        <Stopped key={lane.name} lane={lane} />
      ))}
      {paused.map((one) => (
        <Paused key={one.what} {...one} />
      ))}
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
  readonly pause: Pause;
  /** What of it waits. */
  readonly waits: string;
}

function pausedOf({ lanes, lifecycles, tasks }: Overview): PausedProps[] {
  const all = [
    ...(lanes ?? []).map(({ name, pause, backlog }) => ({
      what: `Lane ${name}`,
      href: "/lanes",
      pause,
      waits: `${count(backlog, "step")} of it wait`,
    })),
    ...(tasks ?? []).map(({ name, pause }) => ({
      what: `Task ${name}`,
      href: "/lanes",
      pause,
      waits: "Its steps wait",
    })),
    ...(lifecycles ?? []).map(({ kind, pause, open }) => ({
      what: `Lifecycle ${spoken(kind)}`,
      href: "/lifecycles",
      pause,
      waits: `${count(open, "run")} of it wait`,
    })),
  ];
  return all.flatMap(({ pause, ...rest }) => (pause ? [{ ...rest, pause }] : []));
}

function Paused({ what, href, pause: { by, at, reason }, waits }: PausedProps) {
  return (
    <p className="note note-info">
      <Sign of="suspended" /> <Link href={href}>{what}</Link> was paused by {by} <Ago at={at} />
      {reason && <q>{reason}</q>}. {waits} until somebody unpauses it.
    </p>
  );
}
