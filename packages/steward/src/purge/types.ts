// The words of a purge: what it deletes from, and what it needs from whoever runs it.
import type { ClientBase, Pool } from "pg";

export type Db = Pick<ClientBase, "query">;

/** As steward_private.read_purge gives it, which has checked the names: tables are quoted already, columns are not. */
export interface PurgeTarget {
  /** The table, or its partitions. */
  readonly tables: readonly string[];
  readonly keyColumn: string;
  /** A query that gives the values of the key column; $1 in it is a text array of the subject's id. Null: the id itself is the value. */
  readonly keyQuery: string | null;
  /** Null: rows are purged whenever they came. */
  readonly cutoffColumn: string | null;
  /** False: the rows are looked for from one end of the table to the other. */
  readonly isIndexed: boolean;
  /** `gentle`: hold back as soon as others feel it; `fast`: as quickly as short statements allow. */
  readonly pace: "gentle" | "fast";
}

export interface PurgeProgress {
  /** Rows deleted so far, earlier jobs included. */
  readonly done: number;
  /** The same before this batch. If something else was saved, a crash of Postgres undid batches: they do not wait for the disk. */
  readonly doneBefore: number;
  /** Rows in all: the planner's estimate until they have been counted, within seconds. */
  readonly total: number;
  /** Of this job, since its first batch. */
  readonly rowsPerSecond: number;
}

export interface PurgeIo {
  /** For reading; one connection at a time. */
  readonly pool: Pick<Pool, "connect">;
  /** Runs `work` in a transaction that changes something (read committed); rejects when the attempt has lost its lease. */
  transaction<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** Writes the progress, in the same transaction as the batch; rejects when the progress before it is not what was saved. */
  saveProgress(db: Db, progress: PurgeProgress): Promise<void>;
  /** The progress that earlier jobs of this purge saved last. */
  readonly before?: { readonly done: number; readonly total: number | null };
  /** Stops the purge after the present batch. */
  readonly signal: AbortSignal;
  /** How long this job may go on, in ms (60,000 unless given). The batch that is under way is finished. */
  readonly budgetMs?: number;
}

export interface PurgeResult {
  /** `done`: nothing is left; `continue`: time was up or the signal came, another job must go on. */
  readonly outcome: "done" | "continue";
  readonly done: number;
  readonly total: number;
}
