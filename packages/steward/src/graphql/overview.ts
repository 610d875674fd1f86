// How the whole stands: for operators lanes, lifecycles, failures, pace and workers; for everybody how many runs they may see.
import { constant, context, lambda, listen, type Step } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { EVERYTHING } from "./live/stream.ts";
import { type Asked, createOverviews } from "./overviews.ts";
import { resourceOf } from "./resources.ts";

export const OverviewPlugin = extendSchema((build) => {
  const { executor } = resourceOf(build, "runs");
  const overviews = createOverviews();
  const $asked = () => executor.context() as unknown as Step<Asked>;
  return {
    typeDefs: gql`
      extend type Query {
        """How the whole stands, at most a second ago."""
        overview: Overview!
      }
      extend type Subscription {
        """How the whole stands now, then after changes and every few seconds, at most once a second."""
        overviewChanged: Overview!
      }

      """How the whole stands. Nothing is counted beyond 10,000. What is for operators is null for everybody else."""
      type Overview {
        """The server's time."""
        now: Datetime!
        """Open runs that you may see."""
        openRuns: Int!
        """Of these, those that are suspended."""
        suspendedRuns: Int!
        """Runs that you may see and that failed within the last hour."""
        failedRuns: Int!
        """Steps that succeeded per second, within the last minute. For operators."""
        rate: Float
        """For how long the oldest step that may begin has waited; null when none waits, and for others than operators."""
        oldestReadySeconds: Float
        """The lanes. For operators."""
        lanes: [OverviewLane!]
        """The lifecycles. For operators."""
        lifecycles: [OverviewLifecycle!]
        """Why runs failed within the last hour, the most frequent code first. For operators."""
        failures: [OverviewFailure!]
        """The tasks that definitions name, and those that are paused. For operators."""
        tasks: [OverviewTask!]
        """The last hour, minute by minute. For operators."""
        pace: [OverviewPart!]
        """The last day in parts of twenty minutes, at most half a minute ago; of failed runs the last 10,000. For operators."""
        day: [OverviewPart!]
        """The worker processes, at most 100. For operators."""
        workers: [OverviewWorker!]
        """Tasks that steps wait for and no worker has. For operators."""
        lackingTasks: [String!]
        """What was steered last. For operators."""
        lastActs: [OverviewAct!]
      }

      """What steps run against: the database, or a service."""
      type OverviewLane {
        """Its name."""
        name: String!
        """What people should know of it before they rely on it, such as: experimental."""
        remark: String
        """Its steps change what lies outside of the database."""
        isOutside: Boolean!
        """So many steps of its backlog at a time for each worker process."""
        atOnce: Int!
        """So many of its steps at a time in all workers, for now: it follows how its service answers. Null: no such limit."""
        places: Int
        """Steps at work."""
        running: Int!
        """Steps in its backlog."""
        backlog: Int!
        """For how long the oldest of these could have begun."""
        oldestSeconds: Float
        """Steps that succeeded per second, within the last minute."""
        rate: Float!
        """When the backlog will be gone at this rate, in seconds; null when nothing moves."""
        drainSeconds: Float
        """Failures of its service since the last success."""
        failures: Int!
        """When the first of these was."""
        downSince: Datetime
        """Its service is in trouble: no step begins before then. Null: it works."""
        openUntil: Datetime
        """One step tries whether the service works again."""
        isProbing: Boolean!
        """What the trouble is, a code of docs/errors.md."""
        errorCode: String
        """What the trouble is, a sentence."""
        errorMessage: String
        """Somebody paused it."""
        pause: OverviewPause
      }
      """Since when, by whom and why something is paused."""
      type OverviewPause {
        """Who paused it."""
        by: String!
        """Since when."""
        at: Datetime!
        """Why, in their words."""
        reason: String
      }
      """A kind of run."""
      type OverviewLifecycle {
        """Its name."""
        kind: String!
        """What must follow, a sentence."""
        description: String!
        """Open runs."""
        open: Int!
        """Of these, those that are suspended."""
        suspended: Int!
        """Runs that failed within the last hour."""
        failed: Int!
        """Somebody paused it."""
        pause: OverviewPause
      }
      """Runs that failed with the same code."""
      type OverviewFailure {
        """The code, of docs/errors.md."""
        code: String
        """A sentence about one of them."""
        message: String
        """How many."""
        runs: Int!
        """When the last of them failed."""
        lastAt: Datetime!
      }
      """What steps of lifecycles execute."""
      type OverviewTask {
        """Its name."""
        name: String!
        """Lanes of its steps."""
        lanes: [String!]!
        """Lifecycles that it is part of."""
        lifecycles: [String!]!
        """Somebody paused it."""
        pause: OverviewPause
      }
      """A minute of the last hour, or twenty of the last day."""
      type OverviewPart {
        """Its beginning."""
        at: Datetime!
        """Steps that succeeded."""
        done: Int!
        """Runs that failed."""
        failed: Int!
      }
      """A worker process."""
      type OverviewWorker {
        """Identifies it."""
        id: Int!
        """The machine."""
        host: String!
        """The process."""
        pid: Int!
        """When it came."""
        startedAt: Datetime!
        """Steps that it holds."""
        steps: Int!
        """Jobs that it has locked."""
        jobs: Int!
      }
      """Something that was steered."""
      type OverviewAct {
        """When."""
        at: Datetime!
        """The database role that acted, and the reader that a token named, if one did."""
        actor: String!
        """retry, cancel, suspend, resume, reprioritise, pause, unpause or release_worker."""
        action: String!
        """Why, in their words."""
        reason: String
        """So many runs were changed."""
        runs: Int!
      }
    `,
    objects: {
      Query: { plans: { overview: () => lambda($asked(), overviews.read) } },
      Overview: { plans: { day: () => lambda($asked(), overviews.readDay) } },
      Subscription: {
        plans: {
          overviewChanged: {
            subscribePlan: () =>
              listen(
                context().get("live") as never,
                constant(EVERYTHING) as never,
                undefined,
                constant({ id: EVERYTHING, reason: "INITIAL" }) as never,
              ) as never,
            // With the event, so that it is read anew for each.
            plan: ($event: Step) => lambda([$event, $asked()] as const, ([, asked]) => overviews.read(asked)),
          },
        },
      },
    },
  };
}, "StewardOverviewPlugin");
