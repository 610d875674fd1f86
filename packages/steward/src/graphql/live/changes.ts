// Tells every server's subscribers, after the commit, what a mutation changed.
import type { ChangeNotifier } from "../../engine/notify.ts";

export interface Changes {
  run(runId: string, scopeId?: string | null): void;
  /** Something of a row of the application that somebody may be subscribed to. */
  row(id: string): void;
}

export function createChanges(notifier: ChangeNotifier): Changes {
  return {
    run: (runId, scopeId) => notifier.note(runId, scopeId ?? undefined),
    row: (id) => notifier.note(id),
  };
}
