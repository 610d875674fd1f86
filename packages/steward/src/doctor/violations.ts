// Whether any promise is broken.
import type pg from "pg";
import type { Finding } from "../config/define.ts";
import { problem } from "./finding.ts";

const QUESTION = `
select v.violation, concat(', ' || v.kind || coalesce(' of ' || v.subject_id, ''), ', run ' || v.run_id, ', step ' || v.step_id) as about
from steward.violations v
limit 10`;

export async function examineViolations(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ violation: string; about: string }>(QUESTION);
  return rows.map(({ violation, about }) =>
    problem(`A promise is broken: ${violation}${about}.`, "docs/operate.md (violations) says what each means."),
  );
}
