// Live status of a project: of itself, its members and its runs.
import type { Step } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { resourceOf } from "steward/graphql/resources";
import { deliverRow, reasonOf, rowOf, subscribeToRow } from "steward/graphql/subscriptions";

export const ProjectChangedPlugin = extendSchema((build) => {
  const projects = resourceOf(build, "projects");
  return {
    typeDefs: gql`
      extend type Subscription {
        """
        The project as it is now, then after each change of it, its members or its runs, at most ten times a second; ends when it is gone, or
        you may not see it any more.
        """
        projectChanged("""Which project.""" id: UUID!): ProjectChangedPayload
      }
      """What projectChanged sends."""
      type ProjectChangedPayload {
        """Why it is sent now."""
        reason: ChangeReason!
        """Null when it is gone, or you may not see it any more."""
        project: Project
      }
    `,
    objects: {
      Subscription: {
        plans: {
          projectChanged: {
            subscribePlan: (_$root, { $id }) => subscribeToRow(projects, $id as Step, "project") as never,
            plan: ($event) => deliverRow(projects, $event),
          },
        },
      },
      ProjectChangedPayload: {
        plans: {
          reason: reasonOf,
          project: ($event: Step) => rowOf(projects, $event),
        },
      },
    },
  };
}, "ProjectChangedPlugin");
