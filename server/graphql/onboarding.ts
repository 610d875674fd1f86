// Onboarding: there when a login returns, and set going again by administrators.
import type { WithPgClient } from "postgraphile/@dataplan/pg";
import { context, get, type Step, sideEffect } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { waitForChange } from "steward/graphql/live/waiting";
import { callFunction, type FunctionRow, queryFunction } from "steward/graphql/mutation";
import { resourceOf } from "steward/graphql/resources";
import { waitTime } from "./input.ts";

const DEFAULT_WAIT_MS = 3_000;
const LONGEST_WAIT_MS = 10_000;
/** The work itself gets so much, even of a caller who would not wait. */
const SHORTEST_WORK_MS = 250;
const SHORTEST_PAUSE_MS = 20;

export const OnboardingPlugin = extendSchema((build) => {
  const users = resourceOf(build, "users");
  const runs = resourceOf(build, "runs");
  const run = ($row: Step) => runs.get({ id: get($row as Step<FunctionRow>, "run_id") });
  return {
    typeDefs: gql`
      extend type Mutation {
        """
        Finishes setting up the account of the user who asks, or waits for the worker that is at it. Answers with what is there when the
        time is up; a login need never fail for it.
        """
        ensureOnboarded(input: EnsureOnboardedInput!): EnsureOnboardedPayload
        """Gives one user, or all, what they lack of a signup. For administrators."""
        triggerOnboarding(input: TriggerOnboardingInput!): TriggerOnboardingPayload
      }

      """What ensureOnboarded takes."""
      input EnsureOnboardedInput {
        """So many milliseconds at most: 0 to 10000, 3000 unless said."""
        waitMs: Int = 3000
      }
      """What ensureOnboarded returns."""
      type EnsureOnboardedPayload {
        """The user, as they are now."""
        user: User
        """The user's signup, as it truly stands."""
        run: Run
        """What is not there yet."""
        missing: [String!]
      }

      """What triggerOnboarding takes."""
      input TriggerOnboardingInput {
        """Unless said, all users."""
        userId: UUID
      }
      """What triggerOnboarding returns."""
      type TriggerOnboardingPayload {
        """That user's signup."""
        run: Run
        """How many runs were started or retried."""
        started: Int
        """There are more users than one request serves: ask again."""
        hasMore: Boolean
      }
    `,
    objects: {
      Mutation: {
        plans: {
          ensureOnboarded(_$root, { $input }) {
            const $steps = [$input as Step<{ waitMs?: number | null }>, context()] as const;
            return sideEffect($steps, ([{ waitMs }, shared]) =>
              ensure(shared, waitTime(waitMs, LONGEST_WAIT_MS, DEFAULT_WAIT_MS)),
            );
          },
          triggerOnboarding: (_$root, { $input }) =>
            callFunction(users.executor, $input, {
              name: "app_public.trigger_onboarding",
              values: ({ userId }: { userId?: string | null }) => [userId],
              changed: (changes, row) => row["run_id"] && changes.run(row["run_id"]),
            }),
        },
      },
      EnsureOnboardedPayload: {
        plans: {
          user: () => users.get({ id: get(context().get("identity"), "readerId") }),
          run,
          missing: ($row: Step) => get($row as Step<Onboarded>, "missing"),
        },
      },
      TriggerOnboardingPayload: {
        plans: {
          run,
          started: ($row: Step) => get($row as Step<FunctionRow>, "runs"),
          hasMore: ($row: Step) => get($row as Step<FunctionRow>, "has_more"),
        },
      },
    },
  };
}, "StewardOnboardingPlugin");

interface Onboarded {
  readonly run_id: string;
  readonly missing: readonly string[];
  readonly run_status: string | null;
  readonly error_code: string | null;
  /** Somebody else is at it; null: asking again at once would not help. */
  readonly retry_ms: number | null;
}

/** Null: asking again would not help. A worker may have begun between two looks of the function: then it is at it too. */
function pauseBefore({ retry_ms, missing, run_status, error_code }: Onboarded): number | null {
  const isUnderWay = run_status === "pending" || run_status === "running";
  return retry_ms ?? (missing.length > 0 && isUnderWay && error_code === null ? SHORTEST_PAUSE_MS : null);
}

async function ensure(shared: Grafast.Context, waitMs: number): Promise<Onboarded | null> {
  const { wakeups, changes } = shared;
  const signal = shared.signal();
  const deadline = performance.now() + waitMs;
  for (;;) {
    const left = deadline - performance.now();
    const row = await finishNow(shared, Math.max(left, SHORTEST_WORK_MS));
    if (!row) return null;
    const wanted = pauseBefore(row);
    const pause = Math.min(wanted ?? 0, deadline - performance.now());
    if (wanted === null || pause <= 0 || signal.aborted) {
      changes.run(row.run_id);
      return row;
    }
    await waitForChange(wakeups, row.run_id, pause, signal);
  }
}

/** Null when there is no such user. */
async function finishNow(
  { withPgClient, pgSettings, assistantModel }: Grafast.Context,
  ms: number,
): Promise<Onboarded | null> {
  const settings = { ...pgSettings, statement_timeout: String(Math.ceil(ms)) };
  return (withPgClient as WithPgClient)(settings, (client) =>
    queryFunction<Onboarded>(client, "app_public.ensure_onboarded_now", [assistantModel]),
  );
}
