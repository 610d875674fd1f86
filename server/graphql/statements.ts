// Prepared statements of a connection: reused while they are in use, dropped in Postgres when there are too many. Every shape of
// document has statements of its own, so without a bound they would grow for as long as the connection lives.
import type pg from "pg";

const MOST = 200;
const kept = new WeakMap<pg.PoolClient, Map<string, true>>();

/** Notes that `name` is used now. Returns the name of the statement to drop for it, if any. */
export function keepStatement(client: pg.PoolClient, name: string): string | undefined {
  const names = kept.get(client) ?? new Map<string, true>();
  kept.set(client, names);
  // A map keeps the order of insertion: the first is the one unused for longest.
  names.delete(name);
  names.set(name, true);
  if (names.size <= MOST) return undefined;
  const [oldest] = names.keys();
  if (oldest !== undefined) names.delete(oldest);
  return oldest;
}

interface Prepared {
  readonly connection?: { readonly parsedStatements?: Record<string, string | undefined> };
}

/** Drops a statement, after what was sent before. pg keeps a list of its own, which must forget it too. */
export function dropStatement(client: pg.PoolClient, name: string): void {
  delete (client as Prepared).connection?.parsedStatements?.[name];
  client.query(`deallocate ${client.escapeIdentifier(name)}`).catch(() => undefined);
}
