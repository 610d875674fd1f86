// Whether the webhook takes the alerts that workers tell it: where it does not, nobody hears of anything.
import type pg from "pg";
import type { Finding } from "../config/define.ts";
import { hint } from "./finding.ts";

/** Over a minute. */
const FEW_TRIES = 3;
const UNTOLD = `
select count(*)::int as alerts, max(d.tries) as tries from steward_private.deliveries d where d.tries >= $1 having count(*) > 0`;

export async function examineAlerts(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ alerts: number; tries: number }>(UNTOLD, [FEW_TRIES]);
  return rows.map(({ alerts, tries }) =>
    hint(
      `The webhook has not taken ${alerts} alerts, one of them ${tries} times: nobody is told there. Each is given up after 15 tries, about six hours.`,
      "See to ALERT_WEBHOOK_URL; the log of workers says what it answered. Until then: select * from steward.alerts where ended_at is null;",
    ),
  );
}
