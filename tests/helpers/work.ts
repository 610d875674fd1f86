// What a statement makes Postgres do, counted and not timed: blocks read, and rows that passed through the nodes of its plans, those
// of its functions and triggers included.
import type pg from "pg";
import { blocksOf } from "./blocks.ts";

interface Node {
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly Plans?: readonly Node[];
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Join Filter"?: number;
}

export interface Effort {
  readonly blocks: number;
  readonly rows: number;
}

/** Makes a superuser's connection tell of each statement that takes longer than a moment. */
export async function explainAll(client: pg.ClientBase): Promise<void> {
  await client.query(
    `load 'auto_explain'; set auto_explain.log_min_duration = '1ms'; set auto_explain.log_nested_statements = on;
     set auto_explain.log_analyze = on; set auto_explain.log_timing = off; set auto_explain.log_format = json;
     set auto_explain.log_level = notice; set statement_timeout = '60s'`,
  );
}

/** Runs the statement on such a connection. */
export async function effortOf(client: pg.ClientBase, statement: string): Promise<Effort> {
  let rows = 0;
  const listen = ({ message }: { message?: string | undefined }) => {
    const json = message?.split("plan:\n")[1];
    if (json !== undefined) rows += rowsOf((JSON.parse(json) as { Plan: Node }).Plan);
  };
  client.on("notice", listen);
  const blocks = await blocksOf(client, statement);
  client.off("notice", listen);
  return { blocks, rows };
}

function rowsOf(node: Node): number {
  const own = node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Join Filter"] ?? 0);
  const below = (node.Plans ?? []).reduce((sum, plan) => sum + rowsOf(plan), 0);
  return own * node["Actual Loops"] + below;
}
