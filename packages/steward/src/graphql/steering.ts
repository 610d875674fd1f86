// For operators: many runs at once, by a filter and with a preview; what is paused; workers that hang. Each act is in the audit.
import { type PgClient, type PgExecutor, sideEffectWithPgClient } from "postgraphile/@dataplan/pg";
import { context, get, lambda, type Step } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { EngineError } from "../errors/index.ts";
import type { Changes } from "./live/changes.ts";
import { callFunction, type FunctionRow } from "./mutation.ts";
import { resourceOf } from "./resources.ts";

/** Runs that one call may change: more would take longer than a request may. */
const MOST_RUNS = 10_000;
const SHOWN = 100;

interface Filter {
  readonly id?: string | null;
  readonly kind?: string | null;
  readonly status?: string | null;
  readonly errorCode?: string | null;
  readonly subjectTable?: string | null;
  readonly subjectId?: string | null;
  readonly ownerId?: string | null;
  readonly scopeId?: string | null;
  readonly createdBefore?: string | null;
  readonly createdAfter?: string | null;
}
interface SteerInput {
  readonly filter: Filter;
  readonly most?: number | null;
  readonly preview?: boolean | null;
  readonly reason?: string | null;
  readonly priority?: number | null;
}
interface PauseInput {
  readonly task?: string | null;
  readonly lane?: string | null;
  readonly lifecycle?: string | null;
  readonly reason?: string | null;
}

type Act = "retry" | "cancel" | "suspend" | "resume" | "reprioritise";

/** Calls steward.retry and the others, with what they share. */
const steerStatement = (act: Act) => `
with changed as (
  select row_number() over () as position, c.* from steward.${act}(
    ${act === "reprioritise" ? "priority => $14::smallint, " : ""}run => $1, lifecycle => $2, status => $3, code => $4, subject_table => $5,
    subject_id => $6, owner => $7, scope => $8, made_before => $9::timestamptz, made_after => $10::timestamptz, most => $11,
    preview => $12, reason => $13
  ) c
)
select count(*)::integer as total, coalesce(jsonb_agg(jsonb_build_object(
  'id', c.run_id, 'kind', c.kind, 'subject', c.subject, 'was', c.was, 'becomes', c.becomes
) order by c.position) filter (where c.position <= ${SHOWN}), '[]') as runs
from changed c`;

interface Steered {
  readonly total: number;
  readonly preview: boolean;
  readonly runs: readonly { readonly id: string }[];
}

export const SteeringPlugin = extendSchema((build) => {
  const { executor } = resourceOf(build, "runs");
  const sentence = { plans: { message: ($row: Step) => get($row as Step<FunctionRow>, "result") } };
  const released = ({ id, reason }: { readonly id: number; readonly reason?: string | null }) => [id, reason];
  const paused = ({ task, lane, lifecycle, reason }: PauseInput) => [task, lane, lifecycle, reason];

  return {
    typeDefs: gql`
      extend type Mutation {
        """Does again what is not done of failed and cancelled runs. For operators."""
        retryRuns(input: SteerRunsInput!): SteerRunsPayload
        """Gives up what is not done of open runs. For operators."""
        cancelRuns(input: SteerRunsInput!): SteerRunsPayload
        """Holds open runs until they are resumed. For operators."""
        suspendRuns(input: SteerRunsInput!): SteerRunsPayload
        """Lets suspended runs go on. For operators."""
        resumeRuns(input: SteerRunsInput!): SteerRunsPayload
        """Gives open runs another priority. For operators."""
        reprioritiseRuns(input: ReprioritiseRunsInput!): SteerRunsPayload
        """Lets no step of a task, a lane or a lifecycle begin until it is unpaused; what runs goes on. For operators."""
        pause(input: PauseTargetInput!): PausePayload
        """Lets a paused task, lane or lifecycle go on. For operators."""
        unpause(input: PauseTargetInput!): PausePayload
        """Takes everything out of the hands of a worker that hangs. For operators."""
        releaseWorker(input: ReleaseWorkerInput!): ReleaseWorkerPayload
      }

      """Which runs: all that fit everything that is said. Something must be said."""
      input RunsFilter {
        """This run alone."""
        id: UUID
        """The lifecycle."""
        kind: String
        """Where they stand."""
        status: RunStatus
        """The error that failed them, or that their steps are tried again for."""
        errorCode: String
        """The table of the row that they are about."""
        subjectTable: String
        """The key of the row that they are about."""
        subjectId: String
        """Whose they are."""
        ownerId: String
        """The group that may see them."""
        scopeId: String
        """Made before this."""
        createdBefore: Datetime
        """Made after this."""
        createdAfter: Datetime
      }
      """What acts on many runs take."""
      input SteerRunsInput {
        """Which runs."""
        filter: RunsFilter!
        """So many at most, the oldest first: 10,000 unless said, which is the most."""
        most: Int = 10000
        """Changes nothing, and returns exactly what would change."""
        preview: Boolean = false
        """Why, for the audit."""
        reason: String
      }
      """What reprioritiseRuns takes."""
      input ReprioritiseRunsInput {
        """Which runs."""
        filter: RunsFilter!
        """Added to the priority of each step: smaller goes first, 0 is usual, from 10 on a run waits as bulk work does."""
        priority: Int!
        """So many at most, the oldest first: 10,000 unless said, which is the most."""
        most: Int = 10000
        """Changes nothing, and returns exactly what would change."""
        preview: Boolean = false
        """Why, for the audit."""
        reason: String
      }
      """What acts on many runs return."""
      type SteerRunsPayload {
        """Whether nothing was changed."""
        preview: Boolean!
        """So many runs were changed, or would be."""
        total: Int!
        """The first hundred of them."""
        runs: [SteeredRun!]!
      }
      """A run that was changed, or would be."""
      type SteeredRun {
        """The run."""
        id: UUID!
        """Its lifecycle."""
        kind: String!
        """The table and key of the row that it is about."""
        subject: String!
        """Where it stood before."""
        was: RunStatus!
        """Where it stands after."""
        becomes: RunStatus!
      }

      """What pause and unpause take: one of task, lane and lifecycle."""
      input PauseTargetInput {
        """A task."""
        task: String
        """A lane."""
        lane: String
        """A lifecycle."""
        lifecycle: String
        """Why, for the audit."""
        reason: String
      }
      """What pause and unpause return."""
      type PausePayload {
        """What is so now, a sentence."""
        message: String!
      }

      """What releaseWorker takes."""
      input ReleaseWorkerInput {
        """The worker's id."""
        id: Int!
        """Why, for the audit."""
        reason: String
      }
      """What releaseWorker returns."""
      type ReleaseWorkerPayload {
        """What follows, a sentence."""
        message: String!
      }
    `,
    objects: {
      Mutation: {
        plans: {
          retryRuns: (_$root, { $input }) => steer(executor, "retry", $input),
          cancelRuns: (_$root, { $input }) => steer(executor, "cancel", $input),
          suspendRuns: (_$root, { $input }) => steer(executor, "suspend", $input),
          resumeRuns: (_$root, { $input }) => steer(executor, "resume", $input),
          reprioritiseRuns: (_$root, { $input }) => steer(executor, "reprioritise", $input),
          pause: (_$root, { $input }) => callFunction(executor, $input, { name: "steward.pause", values: paused }),
          unpause: (_$root, { $input }) => callFunction(executor, $input, { name: "steward.unpause", values: paused }),
          releaseWorker: (_$root, { $input }) =>
            callFunction(executor, $input, { name: "steward.release_worker", values: released }),
        },
      },
      PausePayload: sentence,
      ReleaseWorkerPayload: sentence,
    },
  };
}, "StewardSteeringPlugin");

function steer(executor: PgExecutor, act: Act, $given: unknown): Step {
  const $input = $given as Step;
  const $steered = sideEffectWithPgClient(executor, $input, (client, input) =>
    steerRuns(client, act, input as SteerInput),
  );
  return lambda([$steered, context().get("changes")] as const, ([steered, changes]) => {
    const { preview, runs } = steered as Steered;
    if (!preview) for (const { id } of runs) (changes as Changes).run(id);
    return steered;
  });
}

async function steerRuns(client: PgClient, act: Act, input: SteerInput): Promise<Steered> {
  const { filter, priority } = input;
  const preview = input.preview ?? false;
  const most = input.most ?? MOST_RUNS;
  if (most < 1 || most > MOST_RUNS)
    throw new EngineError("ST107", { sentence: `most must be between 1 and ${MOST_RUNS}.`, field: "most" });
  if (act === "reprioritise" && Math.abs(priority ?? 0) > 10_000)
    throw new EngineError("ST208", { sentence: "priority must be between -10000 and 10000.", field: "priority" });
  const values = [
    filter.id,
    filter.kind,
    filter.status,
    filter.errorCode,
    filter.subjectTable,
    filter.subjectId,
    filter.ownerId,
    filter.scopeId,
    filter.createdBefore,
    filter.createdAfter,
    most,
    preview,
    input.reason,
    ...(act === "reprioritise" ? [priority] : []),
  ];
  const { rows } = await client.query<Omit<Steered, "preview">>({ text: steerStatement(act), values });
  return { preview, total: rows[0]?.total ?? 0, runs: rows[0]?.runs ?? [] };
}
