// What this application's views ask for.
import { gql, type Page, type Progress, type RunRow, type TypedDocumentNode } from "steward-console";

const RUN = gql`
  fragment AppRun on Run {
    id kind status subjectTable subjectId ownerId createdAt startedAt finishedAt errorCode errorMessage estimatedCompletion
    progress { done total failed percent }
  }
`;

export interface Onboarding {
  readonly status: string | null;
  readonly stepsDone: number | null;
  readonly stepsTotal: number | null;
  readonly missing: readonly string[] | null;
  readonly errorMessage: string | null;
}

export interface UserRow {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly createdAt: string;
  readonly onboarding: Onboarding | null;
}

export const USERS: TypedDocumentNode<
  { users: Page<UserRow> },
  { after: string | null; condition: { username?: string } }
> = gql`
  query AppUsers($after: Cursor, $condition: UserCondition) {
    users(first: 25, after: $after, condition: $condition, orderBy: [CREATED_AT_DESC]) {
      nodes { id username displayName createdAt onboarding { status stepsDone stepsTotal missing errorMessage } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

export interface UserDetail extends UserRow {
  readonly email: string | null;
  readonly role: string;
  readonly credits: { readonly balance: number } | null;
  readonly driveAccount: { readonly externalId: string; readonly status: string; readonly filesRemoved: number } | null;
  readonly projectMemberships: {
    readonly nodes: readonly {
      readonly role: string;
      readonly project: { readonly id: string; readonly name: string; readonly status: string } | null;
    }[];
  };
  readonly runs: { readonly nodes: readonly RunRow[] };
}

const USER_FIELDS = gql`
  fragment AppUser on User {
    id username displayName createdAt email role
    onboarding { status stepsDone stepsTotal missing errorMessage }
    credits { balance }
    driveAccount { externalId status filesRemoved }
    projectMemberships(first: 20) { nodes { role project { id name status } } }
    runs(first: 20, orderBy: [ID_DESC]) { nodes { ...AppRun } }
  }
  ${RUN}
`;

export const USER: TypedDocumentNode<{ user: UserDetail | null }, { id: string }> = gql`
  query AppUser($id: UUID!) { user(id: $id) { ...AppUser } }
  ${USER_FIELDS}
`;

export const ME: TypedDocumentNode<{ currentUser: UserDetail | null }, Record<string, never>> = gql`
  query AppMe { currentUser { ...AppUser } }
  ${USER_FIELDS}
`;

export interface ProjectRow {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly createdAt: string;
  readonly provider: string;
  readonly providerRemark: string | null;
  readonly region: string | null;
  readonly estimatedCompletion: string | null;
  readonly provisioningProgress: Progress | null;
}

const PROJECT_FIELDS = gql`
  fragment AppProject on Project {
    id name status createdAt provider providerRemark region estimatedCompletion provisioningProgress { done total failed percent }
  }
`;

export const PROJECTS: TypedDocumentNode<{ projects: Page<ProjectRow> }, { after: string | null }> = gql`
  query AppProjects($after: Cursor) {
    projects(first: 25, after: $after, orderBy: [CREATED_AT_DESC]) {
      nodes { ...AppProject }
      pageInfo { hasNextPage endCursor }
    }
  }
  ${PROJECT_FIELDS}
`;

export interface Member {
  readonly userId: string;
  readonly role: string;
  readonly syncedAt: string | null;
  readonly user: { readonly id: string; readonly username: string } | null;
}

export interface ProjectDetail extends ProjectRow {
  readonly description: string | null;
  readonly members: Page<Member>;
  readonly runs: { readonly nodes: readonly RunRow[] };
}

export const PROJECT: TypedDocumentNode<{ project: ProjectDetail | null }, { id: string; after: string | null }> = gql`
  query AppProject($id: UUID!, $after: Cursor) {
    project(id: $id) {
      ...AppProject
      description
      members(first: 50, after: $after) {
        nodes { userId role syncedAt user { id username } }
        pageInfo { hasNextPage endCursor }
      }
      runs(first: 20, orderBy: [ID_DESC]) { nodes { ...AppRun } }
    }
  }
  ${PROJECT_FIELDS}
  ${RUN}
`;

export const PROJECT_CHANGED: TypedDocumentNode<
  { projectChanged: { reason: string; project: Pick<ProjectRow, "id" | "status"> | null } | null },
  { id: string }
> = gql`
  subscription AppProjectChanged($id: UUID!) {
    projectChanged(id: $id) { reason project { id status provisioningProgress { done total failed percent } } }
  }
`;

/** Steps of a run that are in trouble, by what they are for: a member of a project. */
export const TROUBLES: TypedDocumentNode<
  {
    steps: {
      nodes: readonly {
        id: string;
        item: string | null;
        status: string;
        errorCode: string | null;
        errorMessage: string | null;
        readyAt: string;
      }[];
    };
  },
  { runId: string }
> = gql`
  query AppTroubles($runId: UUID!) {
    steps(condition: { runId: $runId, statuses: [failed, retrying] }, first: 100, orderBy: [ID_ASC]) {
      nodes { id item status errorCode errorMessage readyAt }
    }
  }
`;

export interface Deletion extends RunRow {
  readonly steps: {
    readonly nodes: readonly {
      readonly id: string;
      readonly name: string;
      readonly item: string | null;
      readonly status: string;
      readonly done: string;
      readonly total: string | null;
      readonly rate: number | null;
    }[];
  };
}

export const DELETIONS: TypedDocumentNode<{ runs: Page<Deletion> }, { after: string | null }> = gql`
  query AppDeletions($after: Cursor) {
    runs(first: 20, after: $after, condition: { kind: "user_deletion" }, orderBy: [ID_DESC]) {
      nodes { ...AppRun steps(first: 20) { nodes { id name item status done total rate } } }
      pageInfo { hasNextPage endCursor }
    }
  }
  ${RUN}
`;

type Mutate<Data, Input> = TypedDocumentNode<{ done: Data | null }, { input: Input }>;

export const CREATE_USER: Mutate<{ user: { id: string } | null }, { username: string; email?: string }> = gql`
  mutation AppCreateUser($input: CreateUserInput!) { done: createUser(input: $input) { user { id } } }
`;
export const DELETE_USER: Mutate<{ run: { id: string } | null }, { id: string }> = gql`
  mutation AppDeleteUser($input: DeleteUserInput!) { done: deleteUser(input: $input) { run { id } } }
`;
export const TRIGGER_ONBOARDING: Mutate<{ run: { id: string } | null }, { userId: string }> = gql`
  mutation AppTriggerOnboarding($input: TriggerOnboardingInput!) { done: triggerOnboarding(input: $input) { run { id } } }
`;
export const CREATE_PROJECT: Mutate<
  { project: { id: string } | null },
  { name: string; memberIds: readonly string[] }
> = gql`
  mutation AppCreateProject($input: CreateProjectInput!) { done: createProject(input: $input) { project { id } } }
`;
type OnProject = Mutate<{ run: { id: string } | null }, { id: string }>;
export const SUSPEND_PROJECT: OnProject = gql`
  mutation AppSuspendProject($input: SuspendProjectInput!) { done: suspendProject(input: $input) { run { id } } }
`;
export const RESUME_PROJECT: OnProject = gql`
  mutation AppResumeProject($input: ResumeProjectInput!) { done: resumeProject(input: $input) { run { id } } }
`;
export const DELETE_PROJECT: OnProject = gql`
  mutation AppDeleteProject($input: DeleteProjectInput!) { done: deleteProject(input: $input) { run { id } } }
`;
