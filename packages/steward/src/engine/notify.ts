// Tells subscribers that runs have changed: after the commit, by the process that did the work, many runs in one message.
// NOTIFY makes all commits of a database wait for each other, so it has no place in the transactions themselves.
import type { Log } from "../log.ts";
import type { Db } from "./step.ts";

const CHANNEL = "run_changed";
const WINDOW_MS = 50;
/** A message may have 8,000 bytes. */
const MOST_BYTES = 7_900;

export interface ChangeNotifier {
  /** Notes that a run changed, and with it its scope. */
  note(runId: string, scopeId?: string): void;
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
    for (const payload of inMessages(entries)) {
      try {
        await db.query("select pg_notify($1, $2)", [CHANNEL, payload]);
      } catch (err) {
        log.warn({ err }, "could not tell subscribers of a change");
      }
    }
  }

  return {
    note(runId, scopeId) {
      noted.add(runId);
      if (scopeId !== undefined) noted.add(scopeId);
      if (!isStopped) timer ??= setTimeout(() => void send(), WINDOW_MS);
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await send();
    },
  };
}

/** The ids, a line each, in as few messages as they fit into. An id that is too long for any is left out: nobody can listen for it. */
function inMessages(ids: readonly string[]): string[] {
  const messages: string[] = [];
  let message = "";
  for (const id of ids) {
    const length = Buffer.byteLength(id);
    if (length > MOST_BYTES) continue;
    if (message !== "" && Buffer.byteLength(message) + 1 + length > MOST_BYTES) {
      messages.push(message);
      message = "";
    }
    message += message === "" ? id : `\n${id}`;
  }
  return message === "" ? messages : [...messages, message];
}
