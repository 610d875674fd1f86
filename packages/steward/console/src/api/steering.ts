// The mutations of the engine.
import { gql, type TypedDocumentNode } from "urql";

export interface RunsFilter {
  id?: string;
  kind?: string;
  status?: string;
  errorCode?: string;
  subjectTable?: string;
  subjectId?: string;
  ownerId?: string;
  createdBefore?: string;
  createdAfter?: string;
}

export interface SteerInput {
  readonly filter: RunsFilter;
  readonly preview: boolean;
  readonly reason?: string;
  readonly priority?: number;
}

export interface Steered {
  readonly preview: boolean;
  readonly total: number;
  readonly runs: readonly {
    readonly id: string;
    readonly kind: string;
    readonly subject: string;
    readonly was: string;
    readonly becomes: string;
  }[];
}

export type RunsAct = "retryRuns" | "cancelRuns" | "suspendRuns" | "resumeRuns" | "reprioritiseRuns";

export type SteerDocument = TypedDocumentNode<{ steered: Steered | null }, { input: SteerInput }>;

function steering(act: RunsAct, input = "SteerRunsInput"): SteerDocument {
  return gql(`mutation Console_${act}($input: ${input}!) {
    steered: ${act}(input: $input) { preview total runs { id kind subject was becomes } }
  }`);
}

/** For operators: what is meant is said by a filter, and shown before it is done. */
export const STEER: Readonly<Record<RunsAct, SteerDocument>> = {
  retryRuns: steering("retryRuns"),
  cancelRuns: steering("cancelRuns"),
  suspendRuns: steering("suspendRuns"),
  resumeRuns: steering("resumeRuns"),
  reprioritiseRuns: steering("reprioritiseRuns", "ReprioritiseRunsInput"),
};

type OneRun = TypedDocumentNode<{ done: { run: { id: string; status: string } | null } | null }, { id: string }>;

/** For whoever may: one run of their own. */
export const RETRY_RUN: OneRun = gql`
  mutation ConsoleRetryRun($id: UUID!) { done: retryRun(input: { id: $id }) { run { id status errorCode errorMessage finishedAt } } }
`;
export const CANCEL_RUN: OneRun = gql`
  mutation ConsoleCancelRun($id: UUID!) { done: cancelRun(input: { id: $id }) { run { id status errorCode errorMessage finishedAt } } }
`;

export interface PauseTarget {
  readonly task?: string;
  readonly lane?: string;
  readonly lifecycle?: string;
  readonly reason?: string;
}
type Sentence = TypedDocumentNode<{ done: { message: string } | null }, { input: PauseTarget }>;

export const PAUSE: Sentence = gql`
  mutation ConsolePause($input: PauseTargetInput!) { done: pause(input: $input) { message } }
`;
export const UNPAUSE: Sentence = gql`
  mutation ConsoleUnpause($input: PauseTargetInput!) { done: unpause(input: $input) { message } }
`;
export const RELEASE_WORKER: TypedDocumentNode<
  { done: { message: string } | null },
  { input: { id: number; reason?: string } }
> = gql`
  mutation ConsoleReleaseWorker($input: ReleaseWorkerInput!) { done: releaseWorker(input: $input) { message } }
`;
