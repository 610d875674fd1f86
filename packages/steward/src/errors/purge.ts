// What can go wrong with a purge.
import type { ErrorDefinition } from "./steward-error.ts";

export const PURGE_ERRORS = {
  ST701: {
    sentence: "There is no ordinary table of this name to purge.",
    next: "Name an existing table as schema.table; of a partitioned table, register each partition.",
    retry: "never",
  },
  ST702: {
    sentence: "A column named for purging does not serve.",
    next: "Do as the hint says: the user column must be a uuid, and the cut-off column must rise with every insert.",
    retry: "never",
  },
  ST703: {
    sentence: "No index of the table begins with the user column.",
    next: "Create the index that the hint shows, then register the table.",
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
} as const satisfies Record<string, ErrorDefinition>;
