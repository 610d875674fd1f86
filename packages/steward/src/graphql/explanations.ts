// Why a run is not further, for whoever may see it; and for operators every attempt at its steps.
import { loadOneWithPgClient, type PgClient } from "postgraphile/@dataplan/pg";
import type { Step } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { resourceOf } from "./resources.ts";

const EXPLANATIONS = `
select r.id as key, to_jsonb(e) as value
from unnest($1::uuid[]) as r (id)
cross join lateral (select x.code, x.who, x.explanation as text from steward.explain_to_reader(r.id) x) e
where e.code is not null`;

const ATTEMPTS = `
select s.id as key, coalesce((
  select jsonb_agg(to_jsonb(a) order by a.attempt) from (
    select
      a.attempt, a.host, a.pid, a.version, a.begun_at as "begunAt", a.ended_at as "endedAt", a.outcome, a.error_code as "errorCode",
      a.error_message as "errorMessage", a.words, a.blocked_by as "blockedBy", a.repeats
    from steward.attempts a where a.step_id = s.id order by a.attempt desc limit 20
  ) a
), '[]') as value
from unnest($1::bigint[]) as s (id)`;

const MAY_SEE_ATTEMPTS = "select has_table_privilege('steward.attempts', 'select') as may";

export const ExplanationsPlugin = extendSchema((build) => {
  const runs = resourceOf(build, "runs");
  return {
    typeDefs: gql`
      extend type Run {
        """Why it is not further, or how it ended. Operators are told all there is to know, others a plain sentence."""
        explanation: RunExplanation
      }
      """Why a run is not further, or how it ended."""
      type RunExplanation {
        """A code: docs/operate.md lists them."""
        code: String!
        """Who can do something about it: nobody (it goes on by itself), operator, developer or provider."""
        who: String!
        """The cause, in words."""
        text: String!
      }

      extend type Step {
        """Its last 20 attempts, the first of them first. For operators; null for everybody else."""
        history: [StepAttempt!]
      }
      """One attempt at a step."""
      type StepAttempt {
        """Counts the attempts ever begun at the step."""
        attempt: Int!
        """The machine of the worker."""
        host: String
        """The worker's process."""
        pid: Int
        """The worker's version."""
        version: String
        """When it began."""
        begunAt: Datetime
        """When it ended; null while it runs."""
        endedAt: Datetime
        """running, succeeded, never, later, wait, defer, blocked, release, rescued, cancelled or suspended."""
        outcome: String!
        """Why it did not succeed: a code of docs/errors.md."""
        errorCode: String
        """Why it did not succeed, a sentence."""
        errorMessage: String
        """The error in its own words, without secrets and addresses."""
        words: String
        """The session that held what it waited for."""
        blockedBy: String
        """So many attempts in a row ended like this; they are told as one."""
        repeats: Int!
      }
    `,
    objects: {
      Run: {
        plans: {
          explanation: ($run: Step) => loadOneWithPgClient(runs.executor, columnOf($run, "id"), loadExplanations),
        },
      },
      Step: {
        plans: { history: ($step: Step) => loadOneWithPgClient(runs.executor, columnOf($step, "id"), loadAttempts) },
      },
    },
  };
}, "StewardExplanationsPlugin");

function columnOf($row: Step, name: string): Step {
  return ($row as unknown as { get(name: string): Step }).get(name);
}

async function loadExplanations(client: PgClient, ids: readonly unknown[]): Promise<unknown[]> {
  return load(client, EXPLANATIONS, ids);
}

async function loadAttempts(client: PgClient, ids: readonly unknown[]): Promise<unknown[]> {
  const { rows } = await client.query<{ may: boolean }>({ text: MAY_SEE_ATTEMPTS, name: "attempts-rights" });
  return rows[0]?.may ? load(client, ATTEMPTS, ids) : ids.map(() => null);
}

/** What the statement gives for each of these keys. */
async function load(client: PgClient, text: string, keys: readonly unknown[]): Promise<unknown[]> {
  const { rows } = await client.query<{ key: unknown; value: unknown }>({ text, values: [keys] });
  const found = new Map(rows.map(({ key, value }) => [String(key), value]));
  return keys.map((key) => found.get(String(key)) ?? null);
}
