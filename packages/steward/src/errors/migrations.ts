// What can be wrong with a database that is migrated.
import type { ErrorDefinition } from "./steward-error.ts";

export const MIGRATIONS_ERRORS = {
  ST820: {
    sentence: "A migration that was already applied has been edited.",
    next: "Restore the file as it was (git checkout), and put the change into a new migration.",
    retry: "never",
  },
  ST821: {
    sentence: "A migration that was already applied is missing from the code.",
    next: "Restore the file, or check out the version of the code that this database was migrated with.",
    retry: "never",
  },
  ST822: {
    sentence: "The database is newer than this code.",
    next: "Deploy the version that migrated it, or a later one.",
    retry: "never",
  },
  ST823: {
    sentence: "A file of migrations or functions is misnamed or out of order.",
    next: "Migrations are NNNNNN_verb_subject.sql, each number once, new ones after all applied ones; rename the file.",
    retry: "never",
  },
  ST824: {
    sentence: "A migration failed.",
    next: "Nothing of the file was kept. Correct it and migrate again.",
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
    next: "Migrate it first: npx steward migrate, or npm run migrate.",
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
    next: "Restore it from a backup, then migrate again.",
    retry: "never",
  },
  ST831: {
    sentence: "graphile-worker's queue is damaged.",
    next: "Drop its schema with cascade and migrate again: the queue is made anew, and every step that waits gets a job again. Jobs of your own in it are lost.",
    retry: "never",
  },
  ST832: {
    sentence: "Something that migrations made is missing and cannot be made again.",
    next: "Correct what the message says, then migrate again.",
    retry: "never",
  },
  ST833: {
    sentence: "A schema of this name is there, and Steward did not make it.",
    next: "Use a database of its own. If this one lost the schema app_migrations, restore that from a backup.",
    retry: "never",
  },
  ST835: {
    sentence: "The queue of this database is in another schema.",
    next: "Set GRAPHILE_WORKER_SCHEMA to the schema that the message names, for every process alike.",
    retry: "never",
  },
  ST836: {
    sentence: "Steward is in use.",
    next: "Stop the workers and wait until the runs have ended or cancel them; or use --force, which loses them.",
    retry: "never",
  },
  ST837: {
    sentence: "Something of the application's depends on Steward.",
    next: "Drop it first; nothing of the application's is dropped for you.",
    retry: "never",
  },
  ST834: {
    sentence: "This database is a copy that nobody has adopted: what lies outside is left alone.",
    next: "If its workers are to act on the accounts at the providers, run npx steward adopt; docs/operate.md (copies) says when.",
    retry: "wait",
  },
} as const satisfies Record<string, ErrorDefinition>;
