// Whom and what a run is about. A run knows them by their keys as text, for the engine knows no table of ours; here they are rows again.
import type { PgSelectSingleStep } from "postgraphile/@dataplan/pg";
import { lambda } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { resourceOf } from "steward/graphql/resources";

export const RunRelationsPlugin = extendSchema((build) => {
  const users = resourceOf(build, "users");
  const projects = resourceOf(build, "projects");
  // By way of a value: in one query with the run, text would be compared with uuid.
  const key = ($run: PgSelectSingleStep, column: string) => lambda($run.get(column), (id) => id);
  return {
    typeDefs: gql`
      extend type Run {
        """The user who may see it, while they are there."""
        owner: User
        """The project whose members may see it, while it is there."""
        project: Project
      }
    `,
    objects: {
      Run: {
        plans: {
          owner: ($run: PgSelectSingleStep) => users.get({ id: key($run, "owner_id") }),
          project: ($run: PgSelectSingleStep) => projects.get({ id: key($run, "scope_id") }),
        },
      },
    },
  };
}, "RunRelationsPlugin");
