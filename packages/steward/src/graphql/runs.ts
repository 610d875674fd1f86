// Runs: doing them again, and giving them up.
import { get, type Step } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { callFunction, type FunctionRow } from "./mutation.ts";
import { resourceOf } from "./resources.ts";

export const RunsPlugin = extendSchema((build) => {
  const runs = resourceOf(build, "runs");
  const run = { plans: { run: ($row: Step) => runs.get({ id: get($row as Step<FunctionRow>, "result") }) } };
  const steer = ($input: unknown, name: string) =>
    callFunction(runs.executor, $input, {
      name,
      values: ({ id }: { id: string }) => [id],
      changed: (changes, { result }) => changes.run(String(result)),
    });
  return {
    typeDefs: gql`
      extend type Mutation {
        """
        Does again what failed or was cancelled of a run, also while the rest of it goes on, and lets what waits for its next try
        begin at once. For administrators, and for those whom its lifecycle lets: its owner unless it says otherwise.
        """
        retryRun(input: RetryRunInput!): RetryRunPayload
        """
        Gives up what is not done of an open run. For administrators, and for those whom its lifecycle lets: its owner unless it says otherwise.
        """
        cancelRun(input: CancelRunInput!): CancelRunPayload
      }

      """What retryRun takes."""
      input RetryRunInput {
        """Which run."""
        id: UUID!
      }
      """What retryRun returns."""
      type RetryRunPayload {
        """The run, as it is now."""
        run: Run
      }

      """What cancelRun takes."""
      input CancelRunInput {
        """Which run."""
        id: UUID!
      }
      """What cancelRun returns."""
      type CancelRunPayload {
        """The run, as it is now."""
        run: Run
      }
    `,
    objects: {
      Mutation: {
        plans: {
          retryRun: (_$root, { $input }) => steer($input, "steward.retry_run"),
          cancelRun: (_$root, { $input }) => steer($input, "steward.cancel_run"),
        },
      },
      RetryRunPayload: run,
      CancelRunPayload: run,
    },
  };
}, "StewardRunsPlugin");
