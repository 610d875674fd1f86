// The listening connection: notices within seconds when it is dead, and comes back by itself.
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Log } from "../../log.ts";
import { sessionSql } from "../../session-settings.ts";

export interface Listener {
  /** Asks on the same connection; rejects while it is down. */
  readonly query: Query;
  close(): Promise<void>;
}

export type Query = <R extends pg.QueryResultRow>(text: string, values: readonly unknown[]) => Promise<R[]>;

interface Handlers {
  onMessage(payload: string): void;
  /** Connected again: messages in between are lost. */
  onReconnect(): void;
}

const HEARTBEAT_MS = 10_000;
const PATIENCE_MS = 5_000;
const LONGEST_PAUSE_MS = 2_000;

/** Rejects when the first connection fails. */
export async function createListener(connectionString: string, log: Log, handlers: Handlers): Promise<Listener> {
  const closing = new AbortController();
  let client = await connect(connectionString, handlers, lost);

  function lost(err: unknown): void {
    if (closing.signal.aborted) return;
    log.warn({ err }, "the listening connection broke; connecting again");
    void reconnect();
  }

  async function reconnect(): Promise<void> {
    for (let pause = 50; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        await sleep(pause, undefined, { signal: closing.signal });
        client = await connect(connectionString, handlers, lost);
        log.info("the listening connection is back");
        return handlers.onReconnect();
      } catch {
        if (closing.signal.aborted) return;
      }
    }
  }

  return {
    query: async (text, values) => (await client.query(text, [...values])).rows,
    async close() {
      closing.abort();
      await client.end().catch(() => undefined);
    },
  };
}

/** Calls `lost` once, when the connection ends for whatever reason. */
async function connect(connectionString: string, handlers: Handlers, lost: (err: unknown) => void): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    application_name: "steward listen",
    keepAlive: true,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  let heartbeat: NodeJS.Timeout | undefined;
  let isConnected = false;
  const end = (err: unknown) => {
    clearInterval(heartbeat);
    if (!isConnected) return;
    isConnected = false;
    client.end().catch(() => undefined);
    lost(err);
  };
  client.on("error", end);
  client.on("end", () => end(undefined));
  client.on("notification", ({ payload }) => handlers.onMessage(payload ?? ""));
  try {
    await client.connect();
    await client.query(`${sessionSql()}; listen run_changed`);
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
  isConnected = true;
  heartbeat = setInterval(() => client.query("select 1").catch(end), HEARTBEAT_MS);
  return client;
}
