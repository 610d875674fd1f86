// Changes of accounts that exist. A Nextcloud takes 50 of them in ten minutes from one administrator, and then refuses more. So this
// process spreads its own below that, and a step that finds them used up waits, while everything that is no change goes on.
import type { StewardError } from "steward/errors";
import { AppError } from "../../errors.ts";
import { ProviderTrouble } from "../http.ts";

export interface EditBudget {
  readonly edits: number;
  readonly windowMs: number;
}

/** Makes one change now, or throws ST514 with the time until the next one may be made. */
export type Edit = <Result>(change: () => Promise<Result>) => Promise<Result>;

/** After a refusal other processes have used up the limit; a part of the window later some of it is free again. */
const REFUSED_PART = 5;

/** Counts the changes of this process. */
export function createEdit({ edits, windowMs }: EditBudget): Edit {
  let recent: number[] = [];
  let refusedUntil = Number.NEGATIVE_INFINITY;
  /** When the last who was sent away shall come again. */
  let promised = Number.NEGATIVE_INFINITY;

  function take(): void {
    const now = performance.now();
    recent = recent.filter((time) => time > now - windowMs);
    const [oldest] = recent;
    const freeAt = oldest === undefined || recent.length < edits ? now : oldest + windowMs;
    if (Math.max(freeAt, refusedUntil) <= now) return void recent.push(now);
    // One after the other, or all would come at once for a few changes.
    promised = Math.min(Math.max(freeAt, refusedUntil, promised + windowMs / edits), now + windowMs);
    throw usedUp("this worker has made its share of changes", promised - now);
  }

  return async (change) => {
    take();
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof ProviderTrouble) || error.code !== "ST502") throw error;
      const pauseMs = Math.min(error.retryAfterMs ?? windowMs, windowMs / REFUSED_PART);
      refusedUntil = performance.now() + pauseMs;
      throw usedUp(error, pauseMs);
    }
  };
}

function usedUp(cause: unknown, pauseMs: number): StewardError {
  return new AppError("ST514", { cause, retryAfterMs: Math.ceil(pauseMs) });
}
