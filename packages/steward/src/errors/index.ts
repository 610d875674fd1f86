// The engine's own errors.
import { API_ERRORS } from "./api.ts";
import { DATABASE_ERRORS } from "./database.ts";
import { MIGRATIONS_ERRORS } from "./migrations.ts";
import { PURGE_ERRORS } from "./purge.ts";
import { SETTINGS_ERRORS } from "./settings.ts";
import { STEPS_ERRORS } from "./steps.ts";
import { defineErrors } from "./steward-error.ts";

export * from "./steward-error.ts";

const ENGINE_ERRORS = {
  ...API_ERRORS,
  ...STEPS_ERRORS,
  ...PURGE_ERRORS,
  ...SETTINGS_ERRORS,
  ...MIGRATIONS_ERRORS,
  ...DATABASE_ERRORS,
};

export type EngineErrorCode = keyof typeof ENGINE_ERRORS;

/** An error that the engine declares. */
export const EngineError = defineErrors(ENGINE_ERRORS, { runs_one_open_idx: ["ST410", "id"] });
