// Settings, and the embedded Postgres.
import type { ErrorDefinition } from "./steward-error.ts";

export const SETTINGS_ERRORS = {
  ST801: {
    sentence: "A setting is missing or wrong.",
    next: "Correct the environment variable that the message names, then start again.",
    retry: "never",
  },
  ST802: {
    sentence: "The embedded services could not be started.",
    next: "Look in .data/logs; or set DATABASE_URL, NEXTCLOUD_URL and OS_AUTH_URL to use services of your own.",
    retry: "never",
  },
} as const satisfies Record<string, ErrorDefinition>;
