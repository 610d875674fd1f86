// Tells subscribers that runs have changed: after the commit, by the process that did the work, many runs in one message.
// NOTIFY makes all commits of a database wait for each other, so it has no place in the transactions themselves.
import type { Log } from "../log.ts";
import type { Db } from "./step.ts";

const CHANNEL = "run_changed";
const WINDOW_MS = 50;
const ENTRIES_PER_MESSAGE = 100; // two uuids each: below the 8,000 bytes that a message may have

export interface ChangeNotifier {
  /** Notes that a run changed; `projectId` where it is about a project. */
  note(runId: string, projectId?: string): void;
  /** Sends what is noted and stops. */
  stop(): Promise<void>;
}

/** Sends noted changes at most every 50 ms. A message that cannot be sent is only late: subscribers look again by themselves. */
export function createChangeNotifier(db: Db, log: Log): ChangeNotifier {
  const noted = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function send(): Promise<void> {
    timer = undefined;
    const entries = [...noted];
    noted.clear();
    for (let i = 0; i < entries.length; i += ENTRIES_PER_MESSAGE) {
      const payload = entries.slice(i, i + ENTRIES_PER_MESSAGE).join(",");
      try {
        await db.query("select pg_notify($1, $2)", [CHANNEL, payload]);
      } catch (err) {
        log.warn({ err }, "could not tell subscribers of a change");
      }
    }
  }

  return {
    note(runId, projectId) {
      noted.add(projectId === undefined ? runId : `${runId}/${projectId}`);
      if (!isStopped) timer ??= setTimeout(() => void send(), WINDOW_MS);
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await send();
    },
  };
}
