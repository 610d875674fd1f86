// steward.config.ts of an application: where its files are, and what its tasks share. What differs from place to place (databases,
// secrets, ports) comes from environment variables instead.
import type pg from "pg";

/** What `steward doctor` found. */
export interface Finding {
  /** A problem stops something from working; a hint is for the reader to judge. */
  readonly level: "problem" | "hint";
  readonly message: string;
  /** What puts it right. */
  readonly next: string;
}

export interface StewardConfig<Shared extends object = object> {
  /** The folder of the tasks: a file's name is the task's. Default: tasks. */
  readonly tasks?: string;
  /** The folder of SQL files that define lifecycles and attach tables. Default: steward/lifecycles. */
  readonly lifecycles?: string;
  /** A folder of migrations/, functions/ and lifecycles/ that steward migrate applies too, where you have no migration tool of your own. */
  readonly migrations?: string;
  /** A module that exports `starters` of further services, which the process of the embedded Postgres runs beside it. */
  readonly embedded?: string;
  /** graphile-worker's crontab file. */
  readonly crontab?: string;
  /** What every task gets as its second argument, or a function that makes it when a worker starts. */
  readonly services?: Shared | (() => Shared | Promise<Shared>);
  /**
   * Database roles of requests to `steward server`: of somebody who sees their own runs, and of an administrator. Make them and let them read
   * with steward.grant_reader (docs/adopt.md). With the embedded Postgres, steward start makes steward_reader and steward_reader_of_all.
   */
  readonly readers?: { readonly reader: string; readonly admin: string };
  /** What else `steward doctor` is to look for, in tables of yours: it is given a connection of the owner, and may only read. */
  readonly examine?: (db: Pick<pg.ClientBase, "query">) => Promise<readonly Finding[]>;
  /** Commands of yours for `npx steward NAME`: by name a script of node, and in a few words what it does. */
  readonly commands?: Readonly<Record<string, { readonly script: string; readonly does: string }>>;
  /** Called when a worker has started, with connections of the owner. */
  readonly onStart?: (pool: pg.Pool) => Promise<void>;
}

/** The services of a configuration: `interface Services extends ServicesOf<typeof config> {}`. */
export type ServicesOf<Config> = Config extends StewardConfig<infer Shared> ? Shared : never;

/** Gives a configuration its type. */
export function defineConfig<Shared extends object = object>(config: StewardConfig<Shared>): StewardConfig<Shared> {
  return config;
}
