// Reads how the whole stands, once a second for everybody who may see the same of it.
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
}

const FRESH_MS = 900;
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
    where r.status in ('failed', 'cancelled') and r.status::text = 'failed' and r.finished_at > clock_timestamp() - interval '1 hour' limit 10000
  ) f) as "failedRuns"`;

export function createOverviews(): Overviews {
  const kept = new Map<string, { readonly until: number; readonly overview: Promise<Overview> }>();
  /** Database roles that see everything: all of their requests are shown the same. */
  const roles = new Set<string>();

  const ask = async (client: PgClient, role: string): Promise<Overview> => {
    const { rows } = await client.query<Overview>({ text: COUNTS, name: "overview-counts" });
    try {
      const whole = await client.query<{ whole: Overview }>({
        text: "select steward.overview() as whole",
        name: "overview",
      });
      roles.add(role);
      return { ...rows[0], ...whole.rows[0]?.whole };
    } catch (error) {
      if (error instanceof DatabaseError && error.code === INSUFFICIENT_PRIVILEGE) return rows[0] ?? {};
      throw error;
    }
  };

  return {
    read({ withPgClient, pgSettings }) {
      const role = pgSettings["role"] ?? "";
      const key = roles.has(role) ? role : JSON.stringify(pgSettings);
      const now = performance.now();
      const before = kept.get(key);
      if (before && before.until > now) return before.overview;
      const overview = withPgClient(pgSettings, (client) => ask(client, role));
      kept.delete(key);
      kept.set(key, { until: now + FRESH_MS, overview });
      overview.catch(() => kept.delete(key));
      for (const [oldest, { until }] of kept) {
        if (kept.size <= MOST_KEPT && until > now) break;
        kept.delete(oldest);
      }
      return overview;
    },
  };
}
