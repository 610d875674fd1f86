// A query with the settings it runs under, sent as one message: Postgres runs both in one implicit transaction, which ends with the
// answer. If the settings are refused, the query is not run. It costs one round trip, where begin, settings, query and commit cost four.
import pg from "pg";

/** The settings of a request, in the order of SETTINGS_STATEMENT's parameters. All of them are set each time. */
const NAMES = [
  "role",
  "jwt.claims.sub",
  "jwt.claims.subject",
  "jwt.claims.role",
  "statement_timeout",
  "transaction_read_only",
  "steward.traceparent",
] as const;
/** The same for all: statements are prepared and look rows up by key, so that planning each anew would take as long as running it. */
const FIXED = "set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)";
const SETTINGS_STATEMENT = {
  name: "settings",
  text: `select ${NAMES.map((name, index) => `set_config('${name}', $${index + 1}, true)`).join(", ")}, ${FIXED}`,
};

export type Settings = Readonly<Record<string, string | undefined>>;

/** What pg calls while the answers come in; its types leave these out. */
interface Receiver {
  submit(connection: Connection): Error | null;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}
interface Connection {
  readonly stream: { cork(): void; uncork(): void };
  bind(message: { statement: string; values: readonly string[]; portal: string }): void;
  execute(message: { portal: string; rows: number }): void;
}

const Query = pg.Query as unknown as new (
  config: object,
  callback: (error: Error | null, result: pg.QueryResult) => void,
) => Receiver;

class ScopedQuery extends Query {
  readonly #settings: readonly string[];
  #areSettled = false;

  constructor(
    settings: readonly string[],
    config: object,
    callback: (error: Error | null, result: pg.QueryResult) => void,
  ) {
    super({ ...config, queryMode: "extended" }, callback);
    this.#settings = settings;
  }

  override submit(connection: Connection): Error | null {
    connection.stream.cork();
    try {
      connection.bind({ statement: SETTINGS_STATEMENT.name, values: this.#settings, portal: "" });
      connection.execute({ portal: "", rows: 0 });
      // Ends with the only Sync: what comes after a failure is skipped up to there.
      return super.submit(connection);
    } finally {
      connection.stream.uncork();
    }
  }

  /** The first statement to answer is the settings'. */
  override handleDataRow(message: unknown): void {
    if (this.#areSettled) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.#areSettled) super.handleCommandComplete(message, connection);
    this.#areSettled = true;
  }
}

/** Runs the query under the settings. The connection must not be in a transaction. */
export async function queryScoped(
  client: pg.PoolClient,
  settings: Settings,
  config: pg.QueryConfig,
): Promise<pg.QueryResult> {
  const values = valuesOf(settings);
  if (!prepared.has(client)) await prepare(client, values);
  return new Promise((resolve, reject) => {
    const query = new ScopedQuery(values, config, (error, result) => (error ? reject(error) : resolve(result)));
    client.query(query as unknown as pg.Submittable);
  });
}

/** Sets them for the transaction that the connection is in. */
export async function settle(client: pg.PoolClient, settings: Settings): Promise<void> {
  await client.query({ ...SETTINGS_STATEMENT, values: valuesOf(settings) });
}

function valuesOf(settings: Settings): string[] {
  const unknown = Object.keys(settings).find((name) => !(NAMES as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`${unknown} is not among the settings of a request`);
  return NAMES.map((name) => settings[name] ?? (name === "transaction_read_only" ? "off" : ""));
}

const prepared = new WeakSet<pg.PoolClient>();

async function prepare(client: pg.PoolClient, values: readonly string[]): Promise<void> {
  // Outside of a transaction, so that it sets nothing that lasts.
  await client.query({ ...SETTINGS_STATEMENT, values: [...values] });
  prepared.add(client);
}
