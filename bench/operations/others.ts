// What others feel meanwhile: single orders come in all the time, and are begun by the worker.
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { at, percentiles } from "../helpers/percentiles.ts";

const PAUSE_MS = 20;

export interface Others {
  /** To be called by the task when the step of this subject begins. */
  readonly begins: (subjectId: string) => void;
  /** What was felt since the last report: p99 of a statement and of commit to begin, in ms. */
  readonly report: (what: string) => { readonly statement: number; readonly start: number };
  readonly stop: () => Promise<void>;
}

/** Lets orders come in until it is stopped. */
export function letOthersCome(url: string): Others {
  const committed = new Map<string, number>();
  let statements: number[] = [];
  let starts: number[] = [];
  let isStopped = false;

  async function come(): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    while (!isStopped) {
      const id = crypto.randomUUID();
      committed.set(id, Number.POSITIVE_INFINITY);
      const begun = performance.now();
      await client.query("select steward.start_runs('single_order', 'public.orders', array[$1::text])", [id]);
      const now = performance.now();
      statements.push(now - begun);
      if (committed.has(id)) committed.set(id, now);
      await sleep(PAUSE_MS);
    }
    await client.end();
  }
  const coming = come();

  return {
    begins(subjectId) {
      const since = committed.get(subjectId);
      if (since !== undefined) starts.push(Math.max(0, performance.now() - since));
      committed.delete(subjectId);
    },
    report(what) {
      const felt = { statement: at(statements, 0.99), start: at(starts, 0.99) };
      console.log(
        `  ${what.padEnd(40)} ${percentiles(statements)}   ${percentiles(starts)}   (${statements.length} orders)`,
      );
      statements = [];
      starts = [];
      return felt;
    },
    async stop() {
      isStopped = true;
      await coming;
    },
  };
}
