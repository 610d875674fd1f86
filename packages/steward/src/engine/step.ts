// The words of the engine: a step that was begun, what its task is given, and what a task may answer.
import type pg from "pg";
import type { Log } from "../log.ts";

/** What runs SQL: a pool or one connection. */
export type Db = Pick<pg.ClientBase, "query">;

/** A row of steward_private.begin_steps: this process holds the step's lease. */
export interface BegunStep {
  readonly step_id: string;
  readonly lease: number;
  readonly run_id: string;
  readonly kind: string;
  readonly name: string;
  readonly item: string | null;
  readonly task: string;
  readonly lane: string;
  readonly subject_table: string;
  readonly subject_id: string;
  readonly scope_id: string | null;
  readonly input: unknown;
  readonly attempt: number;
  readonly timeout_ms: number;
}

declare global {
  namespace Steward {
    /** What the tasks of a process share. An application declares here what its own are given. */
    interface Services {}
  }
}

export type Services = Steward.Services;

/** One attempt at a step, as its task sees it. */
export interface Step {
  readonly id: string;
  readonly runId: string;
  /** The row that the run is about: its key as text. */
  readonly subjectId: string;
  /** The table of that row, as schema.table. */
  readonly subjectTable: string;
  /** In a batch: what this step is for. */
  readonly item: string | null;
  /** The run's input, unchecked. */
  readonly input: unknown;
  readonly log: Log;
  /** Aborts on timeout, shutdown, cancel, suspend or a lost lease. Pass it on to whatever waits. */
  readonly signal: AbortSignal;
  /** Aborts earlier when the worker is to stop: a task that can go on elsewhere then answers `continue`. */
  readonly stopping: AbortSignal;
  /** For reading over several statements. What is written has to go through `transaction`. */
  readonly pool: Pick<pg.Pool, "connect">;
  /** Throws when this attempt may no longer change anything. Call it right before each outside effect. */
  guard(): void;
  /** Reads, outside any transaction; cancelled in Postgres when the signal aborts. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** A transaction that holds the lease: what it writes commits only if this attempt is still the one. */
  transaction<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** The service took long to answer, as when it is given too much at once: this attempt is no reason to give it more. */
  noteSlow(): void;
  /** Notes done and total of the step's own work, in a transaction of its own, at most once a second. */
  progress(done: number, total?: number): void;
}

/** Writes that commit together with the step's completion, or not at all. */
export type Effects = (db: Db) => Promise<unknown>;

/** What a task answers: nothing more to do, the writes to complete with, or that there is more than fits into one attempt. */
export type Outcome = Effects | "continue" | undefined;

/** What a task does. Throw a StewardError to say how it failed; anything else is tried again with back-off. */
export type Work = (step: Step, services: Services) => Promise<Outcome>;
