// Projects: made, suspended, resumed, deleted.
import { context, get, lambda, type Step } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { waitForEnd } from "steward/graphql/live/waiting";
import { callFunction, type FunctionRow } from "steward/graphql/mutation";
import { resourceOf } from "steward/graphql/resources";
import { READ_ONLY } from "steward/graphql/transactions";
import { limitIds, waitTime } from "./input.ts";

const LONGEST_WAIT_MS = 30_000;

export const ProjectsPlugin = extendSchema((build) => {
  const projects = resourceOf(build, "projects");
  const runs = resourceOf(build, "runs");
  const { executor } = projects;
  const project = ($row: Step) => projects.get({ id: get($row as Step<FunctionRow>, "project_id") });
  const changeState = ($input: unknown, name: string) =>
    callFunction(executor, $input, {
      name,
      values: ({ id }: { id: string }) => [id],
      changed: (changes, row) => changes.row(String(row["project_id"])),
    });
  return {
    typeDefs: gql`
      extend type Mutation {
        """
        Makes a project and answers while it is being provisioned, or waits for that. For users, in a tenant of theirs or in none.
        """
        createProject(input: CreateProjectInput!): CreateProjectPayload
        """Disables a project at the provider and holds what is still to be done. For its owners."""
        suspendProject(input: SuspendProjectInput!): SuspendProjectPayload
        """Enables a suspended project and goes on with what was held. For its owners."""
        resumeProject(input: ResumeProjectInput!): ResumeProjectPayload
        """Deletes a project, here and at the provider. For its owners."""
        deleteProject(input: DeleteProjectInput!): DeleteProjectPayload
      }

      """What createProject takes."""
      input CreateProjectInput {
        """1 to 200 characters, unique in its tenant, or among yours outside of tenants."""
        name: String!
        """The tenant it belongs to, which you are in; none unless said."""
        tenantId: UUID
        """The cloud provider; openstack unless said."""
        provider: String
        """The provider's default unless said."""
        region: String
        """Its participants, at most 10,000. You, administrators and the tenant's users are members anyway."""
        memberIds: [UUID!]
        """At most 2000 characters."""
        description: String
        """Whether each member gets a new credential when linked."""
        rotateOnLink: Boolean = false
        """Waits until the project is provisioned, so many milliseconds at most: 0 to 30000."""
        waitMs: Int = 0
      }
      """What createProject returns."""
      type CreateProjectPayload {
        """The project, as it is now."""
        project: Project
        """Provisions the project."""
        run: Run
      }

      """What suspendProject takes."""
      input SuspendProjectInput {
        """Which project."""
        id: UUID!
      }
      """What suspendProject returns."""
      type SuspendProjectPayload {
        """The project, as it is now."""
        project: Project
        """Disables it at the provider; null when it was suspended already."""
        run: Run
      }

      """What resumeProject takes."""
      input ResumeProjectInput {
        """Which project."""
        id: UUID!
      }
      """What resumeProject returns."""
      type ResumeProjectPayload {
        """The project, as it is now."""
        project: Project
        """Enables it at the provider; null when it was not suspended."""
        run: Run
      }

      """What deleteProject takes."""
      input DeleteProjectInput {
        """Which project."""
        id: UUID!
      }
      """What deleteProject returns."""
      type DeleteProjectPayload {
        """Removes the project at the provider."""
        run: Run
      }
    `,
    objects: {
      Mutation: {
        plans: {
          createProject: (_$root, { $input }) => waited($input, callFunction(executor, $input, CREATE_PROJECT)),
          suspendProject: (_$root, { $input }) => changeState($input, "app_public.suspend_project"),
          resumeProject: (_$root, { $input }) => changeState($input, "app_public.resume_project"),
          deleteProject: (_$root, { $input }) =>
            callFunction(executor, $input, {
              name: "app_public.delete_project",
              values: ({ id }: { id: string }) => [id],
              changed: (changes, { result }, { id }) => changes.run(String(result), id),
            }),
        },
      },
      CreateProjectPayload: {
        plans: { project, run: ($row: Step) => runs.get({ id: get($row as Step<FunctionRow>, "run_id") }) },
      },
      SuspendProjectPayload: {
        plans: { project, run: ($row: Step) => runs.get({ id: get($row as Step<FunctionRow>, "run_id") }) },
      },
      ResumeProjectPayload: {
        plans: { project, run: ($row: Step) => runs.get({ id: get($row as Step<FunctionRow>, "run_id") }) },
      },
      DeleteProjectPayload: {
        plans: { run: ($row: Step) => runs.get({ id: get($row as Step<FunctionRow>, "result") }) },
      },
    },
  };
}, "StewardProjectsPlugin");

interface CreateProjectInput {
  readonly name: string;
  readonly tenantId?: string | null;
  readonly provider?: string | null;
  readonly region?: string | null;
  readonly memberIds?: readonly string[] | null;
  readonly description?: string | null;
  readonly rotateOnLink?: boolean | null;
  readonly waitMs?: number | null;
}

const CREATE_PROJECT = {
  name: "app_public.create_project",
  values: (input: CreateProjectInput) => {
    waitTime(input.waitMs, LONGEST_WAIT_MS, 0);
    const memberIds = limitIds(input.memberIds, "memberIds", "ST307");
    const { name, tenantId, provider, region, description, rotateOnLink } = input;
    return [name, tenantId, provider, region, memberIds, description, rotateOnLink ?? false];
  },
};

/** The row once its run has ended, or the time is up. */
function waited($input: unknown, $row: Step<FunctionRow>): Step<FunctionRow> {
  const $steps = [$row, $input as Step<CreateProjectInput>, context()] as const;
  return lambda($steps, async ([row, input, { wakeups, signal, withPgClient, pgSettings }]) => {
    const waitMs = waitTime(input.waitMs, LONGEST_WAIT_MS, 0);
    if (waitMs === 0) return row;
    const runId = String(row["run_id"]);
    await waitForEnd({
      runId,
      waitMs,
      signal: signal(),
      wakeups,
      withPgClient,
      pgSettings: { ...pgSettings, [READ_ONLY]: "on" },
    });
    return row;
  }) as Step<FunctionRow>;
}
