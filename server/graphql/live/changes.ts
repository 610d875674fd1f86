// Tells every server's subscribers, after the commit, what a mutation changed.
import type { ChangeNotifier } from "../../engine/notify.ts";

export interface Changes {
  run(runId: string, projectId?: string | null): void;
  /** Something of a project: its status, its members. */
  project(projectId: string): void;
}

export function createChanges(notifier: ChangeNotifier): Changes {
  return {
    run: (runId, projectId) => notifier.note(runId, projectId ?? undefined),
    // Entries name a run and its project; no run has a project's id, so only the project's subscribers wake.
    project: (projectId) => notifier.note(projectId, projectId),
  };
}
