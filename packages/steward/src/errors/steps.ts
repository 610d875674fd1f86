// What can become of a step or a run.
import type { ErrorDefinition } from "./steward-error.ts";

export const STEPS_ERRORS = {
  ST401: {
    sentence: "The step took longer than its timeout.",
    next: "It is tried again by itself; if it keeps happening, raise the timeout in steward.lifecycle_steps.",
    retry: "later",
  },
  ST402: {
    sentence: "The worker that ran the step stopped before it was done.",
    next: "It is tried again by itself.",
    retry: "later",
  },
  ST403: {
    sentence: "The step failed for a reason that is in the log.",
    next: "Look in the worker's log for this step's id, then retry the run.",
    retry: "later",
  },
  ST404: {
    sentence: "This attempt has lost its lease; another attempt may be at work.",
    next: "Nothing: what this attempt would have written is discarded.",
    retry: "never",
  },
  ST405: {
    sentence: "The worker is shutting down.",
    next: "Nothing: the step goes on elsewhere.",
    retry: "wait",
  },
  ST406: {
    sentence: "No worker has the task that the step names.",
    next: "Deploy a worker that has the task's file, or correct steward.lifecycle_steps; the step waits until then.",
    retry: "defer",
  },
  ST407: {
    sentence: "The step waits for something else that is still under way for the same subject.",
    next: "Nothing: it goes on by itself.",
    retry: "defer",
  },
  ST408: {
    sentence: "The worker lost its session with the database.",
    next: "Nothing: the step begins again, without an attempt used up.",
    retry: "wait",
  },
  ST410: {
    sentence: "The run cannot be retried as it stands.",
    next: "Only what failed, was cancelled or waits for its next try can be done again, and only while no other run of its kind is open for the subject.",
    retry: "never",
    http: 409,
  },
  ST411: {
    sentence: "The run has ended.",
    next: "Nothing: there is nothing left to cancel.",
    retry: "never",
    http: 409,
  },
  ST420: {
    sentence: "The definition of a lifecycle is not valid.",
    next: "Correct what the message says.",
    retry: "never",
  },
  ST421: {
    sentence: "It is still in use.",
    next: "Do as the hint says.",
    retry: "never",
  },
  ST422: {
    sentence: "There is no such lifecycle, or no such batch in it.",
    next: "Define it with steward.define_lifecycle, or correct its name.",
    retry: "never",
  },
  ST423: {
    sentence: "The role cannot be made a reader like this.",
    next: "Correct what the message says.",
    retry: "never",
  },
  ST424: {
    sentence: "The table cannot be attached like this.",
    next: "Correct what the message says.",
    retry: "never",
  },
  ST425: {
    sentence: "A table whose deletes are followed is truncated under READ COMMITTED only.",
    next: "Begin the transaction with that isolation level, or delete the rows.",
    retry: "never",
    http: 409,
  },
  ST430: {
    sentence: "It does not say what is to be steered, or there is no such thing.",
    next: "Name a run, a filter, a task, a lane, a lifecycle or a worker, as the message says.",
    retry: "never",
    http: 400,
  },
} as const satisfies Record<string, ErrorDefinition>;
