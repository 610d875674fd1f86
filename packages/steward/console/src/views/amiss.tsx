// What the monitors found: what is amiss now, and what was and has ended.
import { Link } from "wouter";
import { useChanges } from "../api/overview.ts";
import { ALERTS, type Alert } from "../api/records.ts";
import { useRead, useThrottled } from "../api/use-live.ts";
import { Sign } from "../parts/status.tsx";
import { Ago, Took } from "../parts/time.tsx";

/** Monitors look every ten seconds. */
const LOOK_MS = 10_000;
/** The overview itself says so, and at once. */
const TOLD = ["no_worker", "no_worker_for_task"];
/** Where one sees more. */
const PLACES: Readonly<Record<string, (target: string) => string>> = {
  slow_runs: (kind) => `/runs?show=open&kind=${encodeURIComponent(kind)}`,
  backlog_grows: () => "/lanes",
};

export function Amiss() {
  const { data, refresh } = useRead(ALERTS, {});
  useChanges(useThrottled(refresh, LOOK_MS));
  const raised = data?.raised.nodes.filter(({ monitor }) => !TOLD.includes(monitor)) ?? [];
  const ended = data?.ended.nodes ?? [];
  return (
    <>
      <div className="alerts" role="status" aria-label="Alerts">
        {raised.map(({ id, monitor, target, message }) => (
          <p key={id} className="note note-bad">
            <Sign of="stopped" /> {message} <More href={PLACES[monitor]?.(target)} />
          </p>
        ))}
      </div>
      {ended.length > 0 && (
        <details className="ended">
          <summary>Alerts that have ended</summary>
          <ul className="acts">
            {ended.map((alert) => (
              <Ended key={alert.id} alert={alert} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function More({ href }: { readonly href: string | undefined }) {
  return href === undefined ? null : <Link href={href}>Show it</Link>;
}

function Ended({ alert: { message, raisedAt, endedAt } }: { readonly alert: Alert }) {
  return (
    <li>
      {message}{" "}
      <span className="faint">
        Ended {endedAt && <Ago at={endedAt} />} after <Took from={raisedAt} to={endedAt} />.
      </span>
    </li>
  );
}
