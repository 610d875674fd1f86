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
        Does again what is not done of a run that failed or was cancelled. For its owner, the owners and admins of its project, and
        administrators.
        """
        retryRun(input: RetryRunInput!): RetryRunPayload
        """
        Gives up what is not done of an open run. For its owner, the owners and admins of its project, and administrators.
        """
        cancelRun(input: CancelRunInput!): CancelRunPayload
      }

      input RetryRunInput {
        id: UUID!
      }
      type RetryRunPayload {
        run: Run
      }

      input CancelRunInput {
        id: UUID!
      }
      type CancelRunPayload {
        run: Run
      }
    `,
    objects: {
      Mutation: {
        plans: {
          retryRun: (_$root, { $input }) => steer($input, "retry_run"),
          cancelRun: (_$root, { $input }) => steer($input, "cancel_run"),
        },
      },
      RetryRunPayload: run,
      CancelRunPayload: run,
    },
  };
}, "StewardRunsPlugin");
