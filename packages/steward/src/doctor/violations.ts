// Whether any promise is broken.
import type pg from "pg";
import type { Finding } from "../config/define.ts";
import { problem } from "./finding.ts";

export async function examineViolations(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ row: string }>(
    "select to_json(v)::text as row from steward.violations v limit 10",
  );
  return rows.map(({ row }) =>
    problem(`A promise is broken: ${row}`, "docs/operate.md (violations) says what each means."),
  );
}
