// Prepared statements of a connection: reused while they are in use, dropped in Postgres when there are too many. Every shape of
// document has statements of its own, so without a bound they would grow for as long as the connection lives.
import type pg from "pg";

const MOST = 200;
/** Of their text; Postgres needs about ten times as much for what it makes of it. */
const MOST_CHARACTERS = 1_000_000;

interface Kept {
  readonly lengths: Map<string, number>;
  characters: number;
}
const kept = new WeakMap<pg.PoolClient, Kept>();

/** Notes that the statement is used now. Returns the names of those to drop for it. */
export function keepStatement(client: pg.PoolClient, name: string, text: string): string[] {
  const statements = kept.get(client) ?? { lengths: new Map<string, number>(), characters: 0 };
  kept.set(client, statements);
  const { lengths } = statements;
  // A map keeps the order of insertion: the first is the one unused for longest.
  statements.characters += text.length - (lengths.get(name) ?? 0);
  lengths.delete(name);
  lengths.set(name, text.length);
  const excess: string[] = [];
  for (const [oldest, length] of lengths) {
    if (lengths.size <= MOST && statements.characters <= MOST_CHARACTERS) break;
    lengths.delete(oldest);
    statements.characters -= length;
    excess.push(oldest);
  }
  return excess;
}

interface Prepared {
  readonly connection?: { readonly parsedStatements?: Record<string, string | undefined> };
}

/** Drops a statement, after what was sent before. pg keeps a list of its own, which must forget it too. */
export function dropStatement(client: pg.PoolClient, name: string): void {
  delete (client as Prepared).connection?.parsedStatements?.[name];
  client.query(`deallocate ${client.escapeIdentifier(name)}`).catch(() => undefined);
}
