// For administrators: what is at the providers is compared with what should be, and mended.
import { get, type Step } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { callFunction, type FunctionRow } from "steward/graphql/mutation";
import { resourceOf } from "steward/graphql/resources";

interface ResyncInput {
  readonly userId?: string | null;
  readonly projectId?: string | null;
  readonly provider?: string | null;
  readonly dryRun?: boolean | null;
  readonly remake?: boolean | null;
  readonly after?: string | null;
}

export const ResyncPlugin = extendSchema((build) => {
  const users = resourceOf(build, "users");
  return {
    typeDefs: gql`
      extend type Mutation {
        """
        Compares users and projects with the providers, and has what differs mended. What was found is in differences. For administrators.
        """
        resync(input: ResyncInput!): ResyncPayload
      }

      """What resync takes. Without a user and a project: all of them, a thousand at a time."""
      input ResyncInput {
        """This user alone."""
        userId: UUID
        """This project alone."""
        projectId: UUID
        """At this provider alone: drive, or the name of a cloud provider."""
        provider: String
        """Only look, mend nothing."""
        dryRun: Boolean = false
        """Whether what is gone is made again, or counts as lost. Unless said, as the workers are configured."""
        remake: Boolean
        """The last that the request before this one answered with."""
        after: UUID
      }
      """What resync returns."""
      type ResyncPayload {
        """The runs that compare. One that was under way already is not among them."""
        runIds: [UUID!]
        """Ask again with this as after, until it is null."""
        last: UUID
      }
    `,
    objects: {
      Mutation: {
        plans: {
          resync: (_$root, { $input }) =>
            callFunction(users.executor, $input, {
              name: "app_public.resync",
              values: ({ userId, projectId, provider, dryRun, remake, after }: ResyncInput) => [
                userId,
                projectId,
                provider,
                dryRun ?? false,
                remake,
                after,
              ],
            }),
        },
      },
      ResyncPayload: {
        plans: {
          runIds: ($row: Step) => get($row as Step<FunctionRow>, "run_ids"),
          last: ($row: Step) => get($row as Step<FunctionRow>, "last_id"),
        },
      },
    },
  };
}, "StewardResyncPlugin");
