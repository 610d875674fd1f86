// The steps of a run by their name: a batch of ten thousand is one stage, with counts.
import type { PgClient, PgSelectSingleStep } from "postgraphile/@dataplan/pg";
import { loadOneWithPgClient } from "postgraphile/@dataplan/pg";
import { extendSchema, gql } from "postgraphile/utils";
import { resourceOf } from "./resources.ts";

/** Of each run its steps by name, and what its lifecycle defines and the run has none of yet. Reads as who asks. */
const STAGES = `
select r.id::text as run, (
  select coalesce(jsonb_agg(to_jsonb(t) order by t.position, t.name), '[]') from (
    select
      coalesce(s.name, d.name) as name, coalesce(s.lane, d.lane) as lane, coalesce(s."isBatch", d.is_batch) as "isBatch",
      coalesce(s.ancestors, d.ancestors, '{}') as ancestors, cardinality(coalesce(s.ancestors, d.ancestors, '{}')) as position,
      coalesce(s.total, 0) as total, coalesce(s.waiting, 0) as waiting, coalesce(s.queued, 0) as queued, coalesce(s.running, 0) as running,
      coalesce(s.retrying, 0) as retrying, coalesce(s.succeeded, 0) as succeeded, coalesce(s.failed, 0) as failed,
      coalesce(s.cancelled, 0) as cancelled, s."startedAt", s."finishedAt"
    from (
      select
        s.name, min(s.lane) as lane, bool_or(s.item is not null) as "isBatch", max(s.after) as ancestors, count(*) as total,
        count(*) filter (where s.status::text = 'waiting') as waiting, count(*) filter (where s.status::text = 'queued') as queued,
        count(*) filter (where s.status::text = 'running') as running, count(*) filter (where s.status::text = 'retrying') as retrying,
        count(*) filter (where s.status::text = 'succeeded') as succeeded, count(*) filter (where s.status::text = 'failed') as failed,
        count(*) filter (where s.status::text = 'cancelled') as cancelled,
        min(s.started_at) as "startedAt", case when bool_and(s.finished_at is not null) then max(s.finished_at) end as "finishedAt"
      from steward.steps s where s.run_id = r.id group by s.name
    ) s
    full join steward.steps_of(r.kind) d on d.name = s.name
  ) t
) as stages
from steward.runs r where r.id = any ($1::uuid[])`;

export const StagesPlugin = extendSchema((build) => {
  const runs = resourceOf(build, "runs");
  return {
    typeDefs: gql`
      extend type Run {
        """Its steps by their name, earlier ones first: a batch is one stage, whatever its size."""
        stages: [Stage!]!
      }
      """The steps of a run that share a name."""
      type Stage {
        """The name."""
        name: String!
        """What they run against."""
        lane: String!
        """One step for each of many items."""
        isBatch: Boolean!
        """Names of all stages before it."""
        ancestors: [String!]!
        """Steps; 0 while a batch has none yet."""
        total: Int!
        """Those that wait for other steps."""
        waiting: Int!
        """Those that may begin."""
        queued: Int!
        """Those at work."""
        running: Int!
        """Those that wait for their next try."""
        retrying: Int!
        """Those that succeeded."""
        succeeded: Int!
        """Those that failed for good."""
        failed: Int!
        """Those that were cancelled."""
        cancelled: Int!
        """When the first of them began."""
        startedAt: Datetime
        """When the last of them ended; null while one has not."""
        finishedAt: Datetime
      }
    `,
    objects: {
      Run: {
        plans: {
          stages: ($run: PgSelectSingleStep) => loadOneWithPgClient(runs.executor, $run.get("id"), loadStages),
        },
      },
    },
  };
}, "StewardStagesPlugin");

async function loadStages(client: PgClient, ids: readonly unknown[]): Promise<unknown[]> {
  const { rows } = await client.query<{ run: string; stages: unknown }>({
    text: STAGES,
    values: [ids],
    name: "stages",
  });
  return ids.map((id) => rows.find(({ run }) => run === id)?.stages ?? []);
}
