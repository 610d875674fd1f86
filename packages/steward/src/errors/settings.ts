// Settings, and the embedded Postgres.
import type { ErrorDefinition } from "./steward-error.ts";

export const SETTINGS_ERRORS = {
  ST801: {
    sentence: "A setting is missing or wrong.",
    next: "Correct what the message names, then start again.",
    retry: "never",
  },
  ST802: {
    sentence: "The embedded services could not be started.",
    next: "Look in .data/logs; or set DATABASE_URL, and the variables of your other services, to use your own.",
    retry: "never",
  },
} as const satisfies Record<string, ErrorDefinition>;
