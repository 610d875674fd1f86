// Reads how the whole stands, once a second for everybody who may see the same of it, and the pace of the day, which changes slowly.
import { DatabaseError } from "pg";
import type { PgClient, WithPgClient } from "postgraphile/@dataplan/pg";

export type Overview = Readonly<Record<string, unknown>>;

export interface Asked {
  readonly withPgClient: WithPgClient;
  readonly pgSettings: Record<string, string | undefined>;
}

export interface Overviews {
  /** What those who ask with these settings may see. */
  read(asked: Asked): Promise<Overview>;
  /** The last day, part by part; null for those who may not see it. */
  readDay(asked: Asked): Promise<unknown>;
}

const FRESH_MS = 900;
const FRESH_DAY_MS = 30_000;
const MOST_KEPT = 1_000;
const INSUFFICIENT_PRIVILEGE = "42501";

/** Under row security, so that each counts what they may see. */
const COUNTS = `
select to_jsonb(clock_timestamp()) as now,
  (select count(*)::int from (select from steward.runs r where r.status in ('pending', 'running', 'suspended') limit 10000) o) as "openRuns",
  (select count(*)::int from (
    select from steward.runs r where r.status in ('pending', 'running', 'suspended') and r.status::text = 'suspended' limit 10000
  ) s) as "suspendedRuns",
  (select count(*)::int from (
    select from steward.runs r
    where r.status in ('failed', 'cancelled') and r.status::text = 'failed' and r.finished_at > statement_timestamp() - interval '1 hour' limit 10000
  ) f) as "failedRuns"`;

export function createOverviews(): Overviews {
  const wholes = createKept<Overview>(FRESH_MS);
  const days = createKept<unknown>(FRESH_DAY_MS);
  /** Database roles that see everything: all of their requests are shown the same. */
  const roles = new Set<string>();
  const keyOf = ({ pgSettings }: Asked) => {
    const role = pgSettings["role"] ?? "";
    return roles.has(role) ? role : JSON.stringify(pgSettings);
  };

  return {
    read(asked) {
      const { withPgClient, pgSettings } = asked;
      return wholes.get(keyOf(asked), () =>
        withPgClient(pgSettings, async (client) => {
          const { rows } = await client.query<Overview>({ text: COUNTS, name: "overview-counts" });
          const whole = await call<Overview>(client, "steward.overview");
          if (whole) roles.add(pgSettings["role"] ?? "");
          return { ...rows[0], ...whole };
        }),
      );
    },
    readDay(asked) {
      return days.get(keyOf(asked), () =>
        asked.withPgClient(asked.pgSettings, (client) => call(client, "steward.pace_of_day")),
      );
    },
  };
}

/** What the function returns; null for those who may not call it. */
async function call<Result>(client: PgClient, name: string): Promise<Result | null> {
  try {
    const { rows } = await client.query<{ result: Result }>({ text: `select ${name}() as result`, name });
    return rows[0]?.result ?? null;
  } catch (error) {
    if (error instanceof DatabaseError && error.code === INSUFFICIENT_PRIVILEGE) return null;
    throw error;
  }
}

/** Answers that are given again while they are fresh. */
function createKept<Answer>(freshMs: number) {
  const kept = new Map<string, { readonly until: number; readonly answer: Promise<Answer> }>();
  return {
    get(key: string, ask: () => Promise<Answer>): Promise<Answer> {
      const now = performance.now();
      const before = kept.get(key);
      if (before && before.until > now) return before.answer;
      const answer = ask();
      kept.delete(key);
      kept.set(key, { until: now + freshMs, answer });
      answer.catch(() => kept.delete(key));
      for (const [oldest, { until }] of kept) {
        if (kept.size <= MOST_KEPT && until > now) break;
        kept.delete(oldest);
      }
      return answer;
    },
  };
}
