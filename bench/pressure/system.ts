// What the scenarios need of a queue. The driver, the work of a job and the counting are the same for each.
import type pg from "pg";

export interface Job {
  readonly subject: number;
  /** When its start was asked for. */
  readonly at: number;
  readonly padding: string;
}

export interface Producer {
  /** Starts all of them in one statement. */
  offer(jobs: readonly Job[]): Promise<unknown>;
  close(): Promise<void>;
}

export interface System {
  readonly name: string;
  /** The worker process. Arguments: the owner's connection, its places. It ends at SIGTERM. */
  readonly worker: URL;
  /** Every job goes through these. */
  readonly tables: readonly string[];
  /** A query for the subject of each job that is there and not done. */
  readonly unfinished: string;
  /** Makes its tables in an empty database. What starts jobs uses the pool. */
  install(url: string, pool: pg.Pool): Promise<Producer>;
}
