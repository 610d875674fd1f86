// Every error Steward shows to anybody: one registry, SQLSTATE class ST, so that SQL and TypeScript speak of the same things.
// docs/errors.md has one row for each code; a test holds both against each other and against the SQL that raises them.

/** What another try can do: `never` = it ends the step; `later` = back-off, uses up an attempt; `wait` = not the step's fault, waits without using one. */
export type Retry = "never" | "later" | "wait";

export interface ErrorDefinition {
  /** What happened, for a person; never internals, never a secret. */
  readonly sentence: string;
  /** What the reader can do about it. */
  readonly next: string;
  readonly retry: Retry;
  /** HTTP status when the error ends a whole request. */
  readonly http?: number;
}

export const ERRORS = {
  // ST4xx: the engine
  ST401: {
    sentence: "The step took longer than its timeout.",
    next: "It is tried again by itself; if it keeps happening, raise the timeout in app_private.lifecycle_steps.",
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

  // ST5xx: the drive provider
  ST501: {
    sentence: "The drive provider cannot be reached.",
    next: "Nothing: it is tried again by itself. If it lasts, check NEXTCLOUD_URL and the drive.",
    retry: "wait",
  },
  ST502: {
    sentence: "The drive provider asks us to slow down.",
    next: "Nothing: it is tried again by itself, after some minutes.",
    retry: "wait",
  },
  ST503: {
    sentence: "The drive provider is in maintenance or overloaded.",
    next: "Nothing: it is tried again by itself.",
    retry: "wait",
  },
  ST504: {
    sentence: "The drive provider did not answer in time.",
    next: "Nothing: it is looked up what was done, and tried again by itself.",
    retry: "wait",
  },
  ST505: {
    sentence: "The drive provider gave an answer that does not fit.",
    next: "It is tried again by itself; if it keeps happening, look in the worker's log for this step's id.",
    retry: "later",
  },
  ST506: {
    sentence: "The drive provider refused our administrator login.",
    next: "Correct NEXTCLOUD_ADMIN_USER and NEXTCLOUD_ADMIN_PASSWORD, restart the workers, then retry the run.",
    retry: "never",
  },
  ST507: {
    sentence: "The drive provider refused the account's own login.",
    next: "Its password was changed at the drive. Remove the skeleton files by hand, or remove the account there and retry the run.",
    retry: "never",
  },
  ST508: {
    sentence: "The drive account is disabled.",
    next: "Enable it at the drive, then retry the run.",
    retry: "never",
  },
  ST509: {
    sentence: "The drive provider does not accept the account's data.",
    next: "Look in the worker's log for the drive's own words, correct the data or NEXTCLOUD_QUOTA, then retry the run.",
    retry: "never",
  },
  ST510: {
    sentence: "The drive account is gone.",
    next: "Retry the run: the account is made again.",
    retry: "never",
  },
  ST511: {
    sentence: "Some files of the drive account stay locked.",
    next: "It is tried again by itself.",
    retry: "later",
  },

  // ST6xx: the cloud provider
  ST601: {
    sentence: "The cloud provider cannot be reached.",
    next: "Nothing: it is tried again by itself. If it lasts, check OS_AUTH_URL and the cloud.",
    retry: "wait",
  },
  ST602: {
    sentence: "The cloud provider asks us to slow down.",
    next: "Nothing: it is tried again by itself.",
    retry: "wait",
  },
  ST603: {
    sentence: "The cloud provider is in maintenance or overloaded.",
    next: "Nothing: it is tried again by itself.",
    retry: "wait",
  },
  ST604: {
    sentence: "The cloud provider did not answer in time.",
    next: "Nothing: it is looked up what was done, and tried again by itself.",
    retry: "wait",
  },
  ST605: {
    sentence: "The cloud provider gave an answer that does not fit.",
    next: "It is tried again by itself; if it keeps happening, look in the worker's log for this step's id.",
    retry: "later",
  },
  ST606: {
    sentence: "The cloud provider refused our administrator login.",
    next: "Correct OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME and restart the workers; then it goes on by itself.",
    retry: "wait",
  },
  ST607: {
    sentence: "The cloud provider does not recognise our session, although the login was accepted.",
    next: "See whether the project in OS_PROJECT_NAME is enabled and OS_AUTH_URL is right; then it goes on by itself.",
    retry: "wait",
  },
  ST608: {
    sentence: "The cloud provider does not allow our administrator to do this.",
    next: "Give the user in OS_USERNAME the admin role on the project in OS_PROJECT_NAME, then retry the run.",
    retry: "never",
  },
  ST609: {
    sentence: "The cloud provider refuses a user's name.",
    next: "Correct the user's name, then retry the run.",
    retry: "never",
  },
  ST610: {
    sentence: "A user's name is taken at the cloud provider by an account that is not ours.",
    next: "Change the user's name, or rename the account at the cloud provider, then retry the run.",
    retry: "never",
  },
  ST611: {
    sentence: "The cloud provider refuses the project.",
    next: "Look in the worker's log for the provider's own words, correct the project, then retry the run.",
    retry: "never",
  },
  ST612: {
    sentence: "The project's name at the cloud provider belongs to a project that is not ours.",
    next: "Rename or remove that project at the cloud provider, then retry the run.",
    retry: "never",
  },
  ST613: {
    sentence: "The project no longer exists at the cloud provider.",
    next: "Somebody removed it there. Link the project again, then retry the run.",
    retry: "never",
  },
  ST614: {
    sentence: "The user no longer exists at the cloud provider.",
    next: "It is tried again by itself, and the account made again.",
    retry: "later",
  },
  ST615: {
    sentence: "The cloud provider has none of the roles that we are to give.",
    next: "Make the role there, or correct the mapping of roles; it is tried again by itself.",
    retry: "later",
  },
  ST616: {
    sentence: "The credential that was to be kept no longer exists at the cloud provider.",
    next: "It is tried again by itself, with a new credential.",
    retry: "later",
  },
  ST617: {
    sentence: "There is no such cloud region.",
    next: "Choose one of the configured regions.",
    retry: "never",
    http: 400,
  },

  // ST80x: configuration, embedded services, secrets at rest
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
  ST803: {
    sentence: "A stored secret cannot be opened with this encryption key.",
    next: "Start with the ENCRYPTION_KEY (or .data/encryption.key) that the secret was stored with.",
    retry: "never",
  },

  // ST82x: migrations
  ST820: {
    sentence: "A migration that was already applied has been edited.",
    next: "Restore the file as it was (git checkout), and put the change into a new migration.",
    retry: "never",
  },
  ST821: {
    sentence: "A migration that was already applied is missing from db/migrations.",
    next: "Restore the file, or check out the version of the code that this database was migrated with.",
    retry: "never",
  },
  ST822: {
    sentence: "The database is newer than this code.",
    next: "Deploy the version that migrated it, or a later one.",
    retry: "never",
  },
  ST823: {
    sentence: "A file in db/migrations or db/functions is misnamed or out of order.",
    next: "Migrations are NNNNNN_verb_subject.sql, each number once, new ones after all applied ones; rename the file.",
    retry: "never",
  },
  ST824: {
    sentence: "A migration failed.",
    next: "Nothing of the file was kept. Correct it and run npm run migrate again.",
    retry: "never",
  },
  ST825: {
    sentence: "This Postgres is too old.",
    next: "Use Postgres 15 or newer.",
    retry: "never",
  },
  ST826: {
    sentence: "The API's database role is not as it must be, and the owner may not create or change roles.",
    next: "Let an administrator run the statements of docs/operate.md (database roles), or give the owner CREATEROLE.",
    retry: "never",
  },
  ST827: {
    sentence: "API_DATABASE_URL logs in as the owner of the database, or as a superuser; row security would not hold.",
    next: "Name a role of its own in API_DATABASE_URL; npm run migrate creates it.",
    retry: "never",
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERRORS;

interface Details {
  /** Replaces the registry's sentence where a name or number helps the reader. The same rules hold: no internals, no secret. */
  readonly sentence?: string;
  readonly cause?: unknown;
  /** With `wait`: how long the other side asked us to wait (Retry-After). */
  readonly retryAfterMs?: number;
}

/** An error that says what happened, whether another try can help, and what to do. */
export class StewardError extends Error {
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly next: string;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, details: Details = {}) {
    const definition: ErrorDefinition = ERRORS[code];
    super(details.sentence ?? definition.sentence, { cause: details.cause });
    this.name = "StewardError";
    this.code = code;
    this.retry = definition.retry;
    this.next = definition.next;
    this.retryAfterMs = details.retryAfterMs;
  }
}
