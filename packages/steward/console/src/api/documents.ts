// What the engine's views ask for, and what comes back.
import { gql, type TypedDocumentNode } from "urql";

export type RunStatus = "pending" | "running" | "succeeded" | "failed" | "suspended" | "cancelled";

export interface Progress {
  readonly done: number | null;
  readonly total: number | null;
  readonly failed: number | null;
  readonly percent: number | null;
}

export interface Explanation {
  readonly code: string;
  readonly who: string;
  readonly text: string;
}

export interface RunRow {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly subjectTable: string;
  readonly subjectId: string;
  readonly ownerId: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly estimatedCompletion: string | null;
  readonly progress: Progress | null;
}

export interface Stage {
  readonly name: string;
  readonly lane: string;
  readonly isBatch: boolean;
  readonly ancestors: readonly string[];
  readonly total: number;
  readonly waiting: number;
  readonly queued: number;
  readonly running: number;
  readonly retrying: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export interface RunDetail extends RunRow {
  readonly scopeId: string | null;
  readonly explanation: Explanation | null;
  readonly stages: readonly Stage[];
}

export interface Attempt {
  readonly attempt: number;
  readonly host: string | null;
  readonly pid: number | null;
  readonly version: string | null;
  readonly begunAt: string | null;
  readonly endedAt: string | null;
  readonly outcome: string;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly words: string | null;
  readonly blockedBy: string | null;
  readonly repeats: number;
}

export interface StepRow {
  readonly id: string;
  readonly name: string;
  readonly item: string | null;
  readonly lane: string;
  readonly status: string;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly done: string;
  readonly total: string | null;
  readonly readyAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly waitsFor: string | null;
  readonly history: readonly Attempt[] | null;
}

export interface Page<Row> {
  readonly nodes: readonly Row[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

export interface Pause {
  readonly by: string;
  readonly at: string;
  readonly reason: string | null;
}

export interface Lane {
  readonly name: string;
  readonly remark: string | null;
  readonly isOutside: boolean;
  readonly atOnce: number;
  readonly places: number | null;
  readonly running: number;
  readonly backlog: number;
  readonly oldestSeconds: number | null;
  readonly rate: number;
  readonly drainSeconds: number | null;
  readonly failures: number;
  readonly downSince: string | null;
  readonly openUntil: string | null;
  readonly isProbing: boolean;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly pause: Pause | null;
}

export interface Lifecycle {
  readonly kind: string;
  readonly description: string;
  readonly open: number;
  readonly suspended: number;
  readonly failed: number;
  readonly pause: Pause | null;
}

export interface Failure {
  readonly code: string | null;
  readonly message: string | null;
  readonly runs: number;
  readonly lastAt: string;
}

export interface Task {
  readonly name: string;
  readonly lanes: readonly string[];
  readonly lifecycles: readonly string[];
  readonly pause: Pause | null;
}

/** A minute of the last hour, or twenty of the last day. */
export interface Part {
  readonly at: string;
  readonly done: number;
  readonly failed: number;
}

export interface Worker {
  readonly id: number;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly steps: number;
  readonly jobs: number;
}

export interface Act {
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly reason: string | null;
  readonly runs: number;
}

/** What is for operators is null for everybody else. */
export interface Overview {
  readonly now: string;
  readonly openRuns: number;
  readonly suspendedRuns: number;
  readonly failedRuns: number;
  readonly rate: number | null;
  readonly oldestReadySeconds: number | null;
  readonly lanes: readonly Lane[] | null;
  readonly lifecycles: readonly Lifecycle[] | null;
  readonly failures: readonly Failure[] | null;
  readonly tasks: readonly Task[] | null;
  readonly pace: readonly Part[] | null;
  readonly workers: readonly Worker[] | null;
  readonly lackingTasks: readonly string[] | null;
  readonly lastActs: readonly Act[] | null;
}

const OVERVIEW_FIELDS = gql`
  fragment OverviewFields on Overview {
    now openRuns suspendedRuns failedRuns rate oldestReadySeconds lackingTasks
    lanes {
      name remark isOutside atOnce places running backlog oldestSeconds rate drainSeconds failures downSince openUntil isProbing errorCode errorMessage
      pause { by at reason }
    }
    lifecycles { kind description open suspended failed pause { by at reason } }
    tasks { name lanes lifecycles pause { by at reason } }
    failures { code message runs lastAt }
    pace { at done failed }
    workers { id host pid startedAt steps jobs }
    lastActs { at actor action reason runs }
  }
`;

export const OVERVIEW: TypedDocumentNode<{ overview: Overview }, Record<string, never>> = gql`
  query ConsoleOverview { overview { ...OverviewFields } }
  ${OVERVIEW_FIELDS}
`;

export const OVERVIEW_CHANGED: TypedDocumentNode<{ overviewChanged: Overview }, Record<string, never>> = gql`
  subscription ConsoleOverviewChanged { overviewChanged { ...OverviewFields } }
  ${OVERVIEW_FIELDS}
`;

/** Only for who looks at the day: it changes slowly. */
export const DAY: TypedDocumentNode<{ overview: { day: readonly Part[] | null } }, Record<string, never>> = gql`
  query ConsoleDay { overview { day { at done failed } } }
`;

const RUN_FIELDS = gql`
  fragment RunFields on Run {
    id kind status subjectTable subjectId ownerId createdAt startedAt finishedAt errorCode errorMessage estimatedCompletion
    progress { done total failed percent }
  }
`;

/** What a list of runs is narrowed to. */
export interface RunCondition {
  statuses?: readonly string[];
  kind?: string;
  errorCode?: string;
  ownerId?: string;
  subjectTable?: string;
  subjectId?: string;
  search?: string;
  createdAfter?: string;
  createdBefore?: string;
}

export const RUNS: TypedDocumentNode<
  { runs: Page<RunRow> },
  { first: number; after: string | null; condition: RunCondition }
> = gql`
  query ConsoleRuns($first: Int!, $after: Cursor, $condition: RunCondition) {
    runs(first: $first, after: $after, condition: $condition, orderBy: [ID_DESC]) {
      nodes { ...RunFields }
      pageInfo { hasNextPage endCursor }
    }
  }
  ${RUN_FIELDS}
`;

/** Those on the screen, where no subscription tells of them. */
export const RUNS_BY_IDS: TypedDocumentNode<{ runs: { nodes: readonly RunRow[] } }, { ids: readonly string[] }> = gql`
  query ConsoleRunsByIds($ids: [UUID!]!) {
    runs(first: 100, condition: { ids: $ids }, orderBy: [ID_DESC]) { nodes { ...RunFields } }
  }
  ${RUN_FIELDS}
`;

/** Only which runs there are: to tell that there are newer ones. */
export const RUN_IDS: TypedDocumentNode<{ runs: { nodes: readonly { id: string }[] } }, { condition: RunCondition }> =
  gql`
  query ConsoleRunIds($condition: RunCondition) {
    runs(first: 100, condition: $condition, orderBy: [ID_DESC]) { nodes { id } }
  }
`;

export const RUNS_CHANGED: TypedDocumentNode<
  { runsChanged: { reason: string; runs: readonly (RunRow | null)[] } | null },
  { ids: readonly string[] }
> = gql`
  subscription ConsoleRunsChanged($ids: [UUID!]!) {
    runsChanged(ids: $ids) { reason runs { ...RunFields } }
  }
  ${RUN_FIELDS}
`;

export const RUN: TypedDocumentNode<{ run: RunDetail | null }, { id: string }> = gql`
  query ConsoleRun($id: UUID!) {
    run(id: $id) {
      ...RunFields
      scopeId
      explanation { code who text }
      stages {
        name lane isBatch ancestors total waiting queued running retrying succeeded failed cancelled startedAt finishedAt
      }
    }
  }
  ${RUN_FIELDS}
`;

/** That a run has changed; what has is then asked for, at most once a second. */
export const RUN_CHANGED: TypedDocumentNode<
  { runChanged: { reason: string; run: Pick<RunRow, "id" | "status" | "progress"> | null } | null },
  { id: string }
> = gql`
  subscription ConsoleRunChanged($id: UUID!) {
    runChanged(id: $id) { reason run { id status progress { done total failed percent } } }
  }
`;

export interface StepCondition {
  runId: string;
  name?: string;
  statuses?: readonly string[];
}

export const STEPS: TypedDocumentNode<
  { steps: Page<StepRow> },
  { condition: StepCondition; first: number; after: string | null }
> = gql`
  query ConsoleSteps($condition: StepCondition!, $first: Int!, $after: Cursor) {
    steps(condition: $condition, first: $first, after: $after, orderBy: [ID_ASC]) {
      nodes {
        id name item lane status attempts maxAttempts done total readyAt startedAt finishedAt errorCode errorMessage waitsFor
        history {
          attempt host pid version begunAt endedAt outcome errorCode errorMessage words blockedBy repeats
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
