// What can go wrong with a purge.
import type { ErrorDefinition } from "./steward-error.ts";

export const PURGE_ERRORS = {
  ST701: {
    sentence: "There is no ordinary or partitioned table of this name to purge.",
    next: "Correct the row in steward.purge_targets, or delete it; then retry the run.",
    retry: "never",
  },
  ST702: {
    sentence: "The table has no such column to purge by, or its query does not serve.",
    next: "Correct the row in steward.purge_targets, as the hint says; then retry the run.",
    retry: "never",
  },
  ST703: {
    sentence: "No index finds the rows to purge.",
    next: "Nothing: every purge reads the whole table. If that is too slow, create the index that the hint shows.",
    retry: "never",
  },
  ST704: {
    sentence: "The table is not registered for purging any more.",
    next: "Register it again in steward.purge_targets and retry the run; its rows are still there.",
    retry: "never",
  },
  ST705: {
    sentence: "A crash of Postgres undid batches of the purge.",
    next: "Nothing: it goes on with what is there again.",
    retry: "defer",
  },
  ST706: {
    sentence: "Tables of a smaller position are purged first.",
    next: "Nothing: this one follows.",
    retry: "defer",
  },
  ST707: {
    sentence: "Rows of another table refer to the rows to purge.",
    next: "Register that table in steward.purge_targets with a smaller position, or let its foreign key cascade; then retry the run.",
    retry: "later",
  },
  ST708: {
    sentence:
      "The table keeps its rows: a trigger refuses the delete, or a trigger or a rule turns it into something else.",
    next: "Let deletes of the engine's owner through, or take the table out of steward.purge_targets; then retry the run.",
    retry: "never",
  },
  ST709: {
    sentence: "The engine's owner may not read and delete all rows of the table.",
    next: "Grant it select and delete on the table, and let it bypass row security if the table has any; then retry the run.",
    retry: "never",
  },
  ST710: {
    sentence: "The purge cannot tell the rows of the one who is gone from those of the one who has the same key now.",
    next: "Delete by hand the rows that are from before, then cancel the run.",
    retry: "never",
  },
} as const satisfies Record<string, ErrorDefinition>;
