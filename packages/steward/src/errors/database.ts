// The database is away, or busy.
import type { ErrorDefinition } from "./steward-error.ts";

export const DATABASE_ERRORS = {
  ST901: {
    sentence: "The database cannot be reached at the moment.",
    next: "Nothing: it is tried again by itself. If it lasts, look whether Postgres runs and has connections free.",
    retry: "defer",
    http: 503,
  },
  ST902: {
    sentence: "Somebody else was changing the same at this moment.",
    next: "Send it again.",
    retry: "later",
    http: 503,
  },
  ST903: {
    sentence: "Somebody else has locked what this step has to change.",
    next: "Nothing: it goes on soon after they have let go. Who it is stands in blocked_by of the step; if it lasts, end that session.",
    retry: "defer",
  },
} as const satisfies Record<string, ErrorDefinition>;
