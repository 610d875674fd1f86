// What a statement costs in blocks of tables and indexes, those of its triggers and of the functions it calls included. Unlike
// milliseconds the figure is the same on every machine, and unlike rows it counts dead ones too.
import pg from "pg";

interface Explained {
  readonly "QUERY PLAN": readonly {
    readonly Plan: Readonly<Record<"Shared Hit Blocks" | "Shared Read Blocks", number>>;
  }[];
}

/** Runs the statement and returns how many blocks it read. */
export async function blocksOf(client: pg.ClientBase, statement: string): Promise<number> {
  // EXPLAIN leaves triggers out; within a function nothing is left out.
  await client.query(
    `create or replace function pg_temp.execute_it(statement text) returns void language plpgsql as 'begin execute statement; end'`,
  );
  const { rows } = await client.query<Explained>(
    `explain (analyze, buffers, timing off, format json) select pg_temp.execute_it(${pg.escapeLiteral(statement)})`,
  );
  const plan = rows[0]?.["QUERY PLAN"][0]?.Plan;
  if (plan === undefined) throw new Error("EXPLAIN gave no plan");
  return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
}
