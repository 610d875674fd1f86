// graphile-worker hears of new jobs on a connection that it opens again ever more seldom, at last once a minute. While it has none,
// and our own session is back, new jobs are looked for many times a second.
import type { WorkerEvents, WorkerPool } from "graphile-worker";

const LOOK_MS = 100;
/** More than the engine takes by itself: graphile-worker looks too. */
const MANY = 100;

export function lookWhileDeaf(events: WorkerEvents, isPresent: (poolId: string) => boolean): void {
  const looks = new Map<WorkerPool, NodeJS.Timeout>();
  const end = ({ workerPool }: { workerPool: WorkerPool }): void => {
    clearInterval(looks.get(workerPool));
    looks.delete(workerPool);
  };
  events.on("pool:listen:error", (event) => {
    end(event);
    const { workerPool } = event;
    const look = () => {
      if (isPresent(workerPool.id)) workerPool.nudge(MANY);
    };
    looks.set(workerPool, setInterval(look, LOOK_MS).unref());
  });
  for (const name of ["pool:listen:success", "pool:gracefulShutdown", "pool:forcefulShutdown"] as const)
    events.on(name, end);
}
