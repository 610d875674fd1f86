// Notices what is amiss without anybody looking: one of all workers looks, says so in its log, and tells the webhook.
import { createHmac } from "node:crypto";
import type { Log } from "../log.ts";
import type { Db } from "./step.ts";

const BEATS_PER_LOOK = 15;
const ANSWER_MS = 5_000;
/** Over about six hours. */
const MOST_TRIES = 15;

/** ALERT_WEBHOOK_URL and ALERT_WEBHOOK_SECRET. */
export interface Webhook {
  readonly url: string;
  readonly secret: string;
}

interface Event {
  readonly alert_id: string;
  readonly event: "raised" | "ended";
  readonly monitor: string;
  readonly target: string;
  readonly message: string;
}
interface Delivery extends Event {
  readonly tries: number;
  readonly raised_at: Date;
  readonly ended_at: Date | null;
}

/** Returns a function to be called at each beat. */
export function createMonitors(db: Pick<Db, "query">, log: Log, webhook: Webhook | undefined): () => void {
  let beats = 0;
  let isBusy = false;

  async function look(): Promise<void> {
    isBusy = true;
    try {
      const { rows } = await db.query<Event>("select * from steward.watch($1)", [webhook !== undefined]);
      for (const { alert_id: alert, event, monitor, target, message } of rows)
        if (event === "raised") log.warn({ alert, monitor, target }, `alert: ${message}`);
        else log.info({ alert, monitor, target }, `alert ended: ${message}`);
      if (webhook !== undefined) await deliver(db, log, webhook);
    } catch (err) {
      log.info({ err }, "could not look whether anything is amiss; it is tried again");
    } finally {
      isBusy = false;
    }
  }

  return () => {
    if (++beats % BEATS_PER_LOOK === 0 && !isBusy) void look();
  };
}

/** Tells the webhook what it has not been told. What it does not take is told again later. */
export async function deliver(db: Pick<Db, "query">, log: Log, webhook: Webhook): Promise<void> {
  const { rows } = await db.query<Delivery>("select * from steward_private.take_deliveries()");
  for (const delivery of rows) {
    const { alert_id: alert, event, tries } = delivery;
    const refusal = await tell(webhook, delivery);
    if (refusal !== undefined && tries < MOST_TRIES) {
      log.warn({ alert, event, tries, refusal }, "the alert webhook did not take an alert; it is told again later");
      continue;
    }
    if (refusal !== undefined)
      log.error({ alert, event, tries, refusal }, "the alert webhook did not take an alert; it is not told again");
    await db.query("select steward_private.end_delivery($1, $2)", [alert, event]);
  }
}

/** Resolves to why it was not taken; the address is not said, for it may hold a secret. */
async function tell({ url, secret }: Webhook, delivery: Delivery): Promise<string | undefined> {
  const { alert_id, event, monitor, target, message, raised_at, ended_at } = delivery;
  const body = JSON.stringify({
    id: `${alert_id}-${event}`,
    event,
    monitor,
    target,
    message,
    raisedAt: raised_at,
    endedAt: event === "ended" ? ended_at : null,
  });
  const at = Math.floor(Date.now() / 1_000);
  const signature = createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
  try {
    const answer = await fetch(url, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", "steward-signature": `t=${at},v1=${signature}` },
      redirect: "error",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await answer.body?.cancel();
    return answer.ok ? undefined : `it answered ${answer.status}`;
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { readonly code?: unknown };
    return typeof code === "string" ? code : (error as Error).name;
  }
}
