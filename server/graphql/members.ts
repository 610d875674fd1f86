// The members of a project, and what is shown to one of them alone.
import { type PgClient, sideEffectWithPgClient } from "postgraphile/@dataplan/pg";
import { context, get, object, type Step } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { callFunction, type FunctionRow, queryFunction } from "steward/graphql/mutation";
import { resourceOf } from "steward/graphql/resources";
import { limitIds } from "./input.ts";

export const MembersPlugin = extendSchema((build) => {
  const projects = resourceOf(build, "projects");
  const { executor } = projects;
  const project = {
    plans: { project: ($row: Step) => projects.get({ id: get($row as Step<FunctionRow>, "result") }) },
  };
  return {
    typeDefs: gql`
      extend type Mutation {
        """Adds participants to a project, or gives them another role. For its owners and admins."""
        addProjectMembers(input: AddProjectMembersInput!): AddProjectMembersPayload
        """
        Removes a participant from a project; who is in it for another reason too stays. For its owners and admins, and the participant.
        """
        removeProjectMember(input: RemoveProjectMemberInput!): RemoveProjectMemberPayload
        """Shows you the credential that was made for you in a project, once."""
        revealCredential(input: RevealCredentialInput!): RevealCredentialPayload
      }

      """What addProjectMembers takes."""
      input AddProjectMembersInput {
        """Which project."""
        projectId: UUID!
        """At most 10,000."""
        userIds: [UUID!]!
        """member unless said."""
        role: ProjectRole
      }
      """What addProjectMembers returns."""
      type AddProjectMembersPayload {
        """The project, as it is now."""
        project: Project
      }

      """What removeProjectMember takes."""
      input RemoveProjectMemberInput {
        """Which project."""
        projectId: UUID!
        """Which user."""
        userId: UUID!
      }
      """What removeProjectMember returns."""
      type RemoveProjectMemberPayload {
        """The project, as it is now."""
        project: Project
      }

      """What revealCredential takes."""
      input RevealCredentialInput {
        """Which project."""
        projectId: UUID!
      }
      """What revealCredential returns."""
      type RevealCredentialPayload {
        """The public half."""
        accessId: String
        """The secret half. Keep it: it is not shown again."""
        secret: String
      }
    `,
    objects: {
      Mutation: {
        plans: {
          addProjectMembers: (_$root, { $input }) =>
            callFunction(executor, $input, {
              name: "app_public.add_project_members",
              values: ({ projectId, userIds, role }: AddProjectMembersInput) => [
                projectId,
                limitIds(userIds, "userIds"),
                role ?? "member",
              ],
              changed: (changes, _row, { projectId }) => changes.row(projectId),
            }),
          removeProjectMember: (_$root, { $input }) =>
            callFunction(executor, $input, {
              name: "app_public.remove_project_member",
              values: ({ projectId, userId }: { projectId: string; userId: string }) => [projectId, userId],
              changed: (changes, _row, { projectId }) => changes.row(projectId),
            }),
          revealCredential(_$root, { $input }) {
            const $shared = context();
            const $asked = object({
              input: $input as Step<{ projectId: string }>,
              open: $shared.get("open"),
              identity: $shared.get("identity"),
            });
            return sideEffectWithPgClient(executor, $asked, (client, asked) =>
              client.withTransaction((transaction) => reveal(transaction, asked as Asked)),
            );
          },
        },
      },
      AddProjectMembersPayload: project,
      RemoveProjectMemberPayload: project,
      RevealCredentialPayload: {
        plans: {
          accessId: ($row: Step) => get($row as Step<Credential>, "accessId"),
          secret: ($row: Step) => get($row as Step<Credential>, "secret"),
        },
      },
    },
  };
}, "StewardMembersPlugin");

interface AddProjectMembersInput {
  readonly projectId: string;
  readonly userIds: readonly string[];
  readonly role?: string | null;
}

interface Asked {
  readonly input: { readonly projectId: string };
  readonly open: Grafast.Context["open"];
  readonly identity: Grafast.Context["identity"];
}

interface Credential {
  readonly accessId: string;
  readonly secret: string;
}

/** Opened before the commit: one that does not open is not counted as shown. */
async function reveal(client: PgClient, { input, open, identity }: Asked): Promise<Credential> {
  const row = await queryFunction<{ access_id: string; secret_sealed: string }>(client, "app_public.take_credential", [
    input.projectId,
  ]);
  if (!row) throw new Error("take_credential returned no row");
  return {
    accessId: row.access_id,
    secret: open(row.secret_sealed, `${input.projectId.toLowerCase()}/${identity.readerId}`),
  };
}
