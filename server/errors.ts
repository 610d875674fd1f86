// Every error Steward shows to anybody: one registry, SQLSTATE class ST, so that SQL and TypeScript speak of the same things.
// docs/errors.md has one row for each code; a test holds both against each other and against the SQL that raises them.

/** What another try can do: `never` = it ends the step; `later` = back-off, uses up an attempt; `wait` = its provider is in trouble, waits without using one; `defer` = something of ours must happen first, likewise. */
export type Retry = "never" | "later" | "wait" | "defer";

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
  // ST1xx: the API, who asks and how much
  ST101: {
    sentence: "The access token is missing or not valid.",
    next: "Send Authorization: Bearer and a token that is valid now; on a websocket as connectionParams.authorization.",
    retry: "never",
    http: 401,
  },
  ST102: {
    sentence: "You may not do this.",
    next: "Ask an administrator.",
    retry: "never",
    http: 403,
  },
  ST103: {
    sentence: "Access tokens cannot be verified at the moment.",
    next: "Try again shortly. If it lasts, see whether JWKS_URL can be reached.",
    retry: "later",
    http: 503,
  },
  ST104: {
    sentence: "Too many requests.",
    next: "Wait as long as the header Retry-After says, then go on more slowly; subscribe instead of polling.",
    retry: "wait",
    http: 429,
  },
  ST105: {
    sentence: "The request is too large.",
    next: "Send less at a time.",
    retry: "never",
    http: 413,
  },
  ST106: {
    sentence: "The document asks for too much.",
    next: "Ask for smaller pages, fewer fields at the root, or less depth.",
    retry: "never",
    http: 400,
  },
  ST107: {
    sentence: "A page is too large, or begins too far in.",
    next: "Ask for at most 100 rows at a time, and page with after.",
    retry: "never",
    http: 400,
  },
  ST108: {
    sentence: "Subscriptions need a websocket.",
    next: "Connect with the protocol graphql-transport-ws to the same path.",
    retry: "never",
    http: 400,
  },
  ST109: {
    sentence: "The request is not one that the server understands.",
    next: "Correct the document or its variables as the message says.",
    retry: "never",
    http: 400,
  },
  ST110: {
    sentence: "There is no such thing, or you may not see it.",
    next: "Check the id.",
    retry: "never",
    http: 404,
  },
  ST111: {
    sentence: "The request took too long and was given up.",
    next: "Ask for less at a time; if it keeps happening, tell the operator the request id.",
    retry: "later",
    http: 504,
  },
  ST112: {
    sentence: "Only known documents are answered.",
    next: "Send the id of one of the server's persisted documents.",
    retry: "never",
    http: 400,
  },
  ST113: {
    sentence: "The content type is not one that the server reads.",
    next: "Send application/json.",
    retry: "never",
    http: 415,
  },
  ST114: {
    sentence: "The server is shutting down.",
    next: "Connect again.",
    retry: "later",
    http: 503,
  },
  ST115: {
    sentence: "The request did not come to its end in time.",
    next: "Send it again, all of it at once.",
    retry: "later",
    http: 408,
  },
  ST116: {
    sentence: "The request's first line and headers are too large.",
    next: "Send less in them: 16 KiB in all.",
    retry: "never",
    http: 431,
  },
  ST199: {
    sentence: "Something went wrong, and it is in the server's log.",
    next: "Tell the operator the request id.",
    retry: "later",
    http: 500,
  },

  // ST2xx: users, tenants and input
  ST201: {
    sentence: "The username is taken.",
    next: "Choose another.",
    retry: "never",
    http: 409,
  },
  ST202: {
    sentence: "The e-mail address belongs to another user.",
    next: "Choose another.",
    retry: "never",
    http: 409,
  },
  ST203: {
    sentence: "The username must have 1 to 100 characters, without spaces at its ends.",
    next: "Correct it.",
    retry: "never",
    http: 400,
  },
  ST204: {
    sentence: "This is not an e-mail address.",
    next: "Correct it.",
    retry: "never",
    http: 400,
  },
  ST205: {
    sentence: "The display name must have at most 200 characters.",
    next: "Shorten it.",
    retry: "never",
    http: 400,
  },
  ST206: {
    sentence: "This is not a UUID.",
    next: "Send the id as the API gave it.",
    retry: "never",
    http: 400,
  },
  ST207: {
    sentence: "There is no such user.",
    next: "Check the id.",
    retry: "never",
    http: 404,
  },
  ST208: {
    sentence: "The value is not acceptable.",
    next: "Correct it.",
    retry: "never",
    http: 400,
  },
  ST209: {
    sentence: "waitMs is out of range.",
    next: "Choose a number within the range that the message names.",
    retry: "never",
    http: 400,
  },
  ST210: {
    sentence: "Too many ids at once.",
    next: "Send fewer at a time.",
    retry: "never",
    http: 400,
  },
  ST211: {
    sentence: "The tenant's name must have 1 to 200 characters.",
    next: "Correct it.",
    retry: "never",
    http: 400,
  },
  ST212: {
    sentence: "The tenant's name is taken.",
    next: "Choose another.",
    retry: "never",
    http: 409,
  },
  ST220: {
    sentence: "A sample document has no template.",
    next: "Put its text into app_private.document_templates; it is tried again by itself, or retry the run.",
    retry: "later",
  },
  ST221: {
    sentence: "The token's subject must have 1 to 255 characters.",
    next: "Correct the identity provider's mapping of sub.",
    retry: "never",
    http: 401,
  },

  // ST3xx: projects and their members
  ST301: {
    sentence: "There is no such cloud provider.",
    next: "Name one of the providers that Steward is configured for.",
    retry: "never",
    http: 400,
  },
  ST302: {
    sentence: "There is no such region.",
    next: "Name one of the regions that Steward is configured for, or none for the default.",
    retry: "never",
    http: 400,
  },
  ST303: {
    sentence: "There is no such tenant.",
    next: "Check the id; a user can only name a tenant they belong to.",
    retry: "never",
    http: 404,
  },
  ST304: {
    sentence: "There is a project of this name already, in its tenant or among your own outside of tenants.",
    next: "Choose another.",
    retry: "never",
    http: 409,
  },
  ST305: {
    sentence: "The project's name must have 1 to 200 characters, without spaces at its ends.",
    next: "Correct it.",
    retry: "never",
    http: 400,
  },
  ST306: {
    sentence: "The description must have at most 2000 characters.",
    next: "Shorten it.",
    retry: "never",
    http: 400,
  },
  ST307: {
    sentence: "Too many members at once.",
    next: "Send at most 10,000; add the others with addProjectMembers.",
    retry: "never",
    http: 400,
  },
  ST308: {
    sentence: "Some of the members do not exist.",
    next: "Check the ids that the message names.",
    retry: "never",
    http: 404,
  },
  ST309: {
    sentence: "There is no such project.",
    next: "Check the id.",
    retry: "never",
    http: 404,
  },
  ST310: {
    sentence: "The project is not in a state for this.",
    next: "Look at its status, and wait for what is under way.",
    retry: "never",
    http: 409,
  },
  ST311: {
    sentence: "There is no credential to show.",
    next: "It is shown once, in a project with rotateOnLink. Have the member removed and added again for a new one.",
    retry: "never",
    http: 404,
  },
  ST312: {
    sentence: "This user is a member as admin, creator or user of the tenant.",
    next: "Change that instead: what is derived cannot be removed from the project alone.",
    retry: "never",
    http: 409,
  },
  ST313: {
    sentence: "This would leave the project without an owner.",
    next: "Make another member an owner first, or delete the project.",
    retry: "never",
    http: 409,
  },

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
  ST406: {
    sentence: "No worker has the task that the step names.",
    next: "Deploy a worker that has the task's file, or correct app_private.lifecycle_steps; the step waits until then.",
    retry: "defer",
  },
  ST407: {
    sentence: "The step waits for something else that is still under way for the same user or project.",
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
    next: "Its password was changed at the drive. The drive's example files there can be removed by hand; nothing else waits for it.",
    retry: "never",
  },
  ST508: {
    sentence: "The drive account is disabled.",
    next: "Enable it at the drive, then retry the run.",
    retry: "never",
  },
  ST509: {
    sentence: "The drive provider does not accept the account's data.",
    next: "Look in the worker's log for the drive's own words, correct the data, then retry the run.",
    retry: "never",
  },
  ST510: {
    sentence: "The drive account is gone.",
    next: "Somebody removed it at the drive. If the user should have one, an administrator can start their onboarding anew.",
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

  // ST7xx: the purge
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
    next: "Register it again in app_private.purge_targets and retry the run; its rows are still there.",
    retry: "never",
  },
  ST705: {
    sentence: "A crash of Postgres undid batches of the purge.",
    next: "Nothing: it goes on with what is there again.",
    retry: "defer",
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
    sentence:
      "API_DATABASE_URL logs in as a superuser, the owner of the database, or a role that could become one or bypass row security.",
    next: "Name a role of its own in API_DATABASE_URL; npm run migrate creates it.",
    retry: "never",
  },
  ST828: {
    sentence: "The database has not been migrated to this code.",
    next: "Run npm run migrate first.",
    retry: "never",
  },
  ST829: {
    sentence:
      "The login in API_DATABASE_URL is there already and not as the server's must be; it is not ours to change.",
    next: "Name a login of its own in API_DATABASE_URL, which npm run migrate then makes; or, if this one is meant, let an administrator set it right: docs/operate.md (database roles) has the statements.",
    retry: "never",
  },
  ST830: {
    sentence: "The database lacks something that migrations made, and that held data.",
    next: "Restore it from a backup, then run npm run migrate again.",
    retry: "never",
  },
  ST831: {
    sentence: "graphile-worker's queue is damaged.",
    next: "Drop the schema graphile_worker with cascade and run npm run migrate: the queue is made anew, and every step that waits gets a job again. Jobs of your own in it are lost.",
    retry: "never",
  },
  ST832: {
    sentence: "Something that migrations made is missing and cannot be made again.",
    next: "Correct what the message says, then run npm run migrate again.",
    retry: "never",
  },
  ST833: {
    sentence: "A schema of this name is there, and npm run migrate did not make it.",
    next: "Use a database of its own. If this one lost the schema app_migrations, restore that from a backup.",
    retry: "never",
  },
  ST834: {
    sentence: "This database is a copy that nobody has adopted: what lies outside is left alone.",
    next: "If its workers are to act on the accounts at the providers, run npm run adopt; docs/operate.md (copies) says when.",
    retry: "wait",
  },

  // ST9xx: the database
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

export type ErrorCode = keyof typeof ERRORS;

interface Details {
  /** Replaces the registry's sentence where a name or number helps the reader. The same rules hold: no internals, no secret. */
  readonly sentence?: string;
  readonly cause?: unknown;
  /** With `wait`: how long the other side asked us to wait (Retry-After). */
  readonly retryAfterMs?: number;
  /** The input field that is at fault. */
  readonly field?: string;
}

/** An error that says what happened, whether another try can help, and what to do. */
export class StewardError extends Error {
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly next: string;
  readonly retryAfterMs: number | undefined;
  readonly field: string | undefined;

  constructor(code: ErrorCode, details: Details = {}) {
    const definition: ErrorDefinition = ERRORS[code];
    super(details.sentence ?? definition.sentence, { cause: details.cause });
    this.name = "StewardError";
    this.code = code;
    this.retry = definition.retry;
    this.next = definition.next;
    this.retryAfterMs = details.retryAfterMs;
    this.field = details.field;
  }
}
