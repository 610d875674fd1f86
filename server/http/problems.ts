// Errors as clients see them: a code of the registry, a sentence, the field at fault. Whatever is not in the registry is masked.
import { DatabaseError } from "pg";
import { ERRORS, type ErrorCode, type ErrorDefinition, StewardError } from "../errors.ts";
import { isUnreachable } from "../unreachable.ts";

/** Constraints that input can break: what that means, and which field is at fault. */
const CONSTRAINTS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  users_username_key: ["ST201", "username"],
  users_username_folded_key: ["ST201", "username"],
  users_email_key: ["ST202", "email"],
  users_email_folded_key: ["ST202", "email"],
  users_username_check: ["ST203", "username"],
  users_email_check: ["ST204", "email"],
  users_display_name_check: ["ST205", "displayName"],
  users_external_subject_key: ["ST201", "externalSubject"],
  tenants_name_check: ["ST211", "name"],
  tenants_name_key: ["ST212", "name"],
  tenant_members_user_id_fkey: ["ST207", "userIds"],
  tenant_members_tenant_id_fkey: ["ST303", "tenantId"],
  projects_tenant_id_fkey: ["ST303", "tenantId"],
  projects_tenant_id_name_key: ["ST304", "name"],
  projects_created_by_name_key: ["ST304", "name"],
  projects_name_check: ["ST305", "name"],
  projects_description_check: ["ST306", "description"],
  project_members_user_id_fkey: ["ST308", "memberIds"],
  runs_one_open_idx: ["ST410", "id"],
};

/** Deadlock, serialization failure, a lock that was not had in time. */
const CONFLICT: ReadonlySet<string> = new Set(["40P01", "40001", "55P03"]);

/** `error` in terms of the registry; undefined when it is none of ours and none that input can cause. */
export function toStewardError(error: unknown): StewardError | undefined {
  if (error instanceof StewardError) return error;
  if (!(error instanceof Error)) return undefined;
  if (isUnreachable(error)) return new StewardError("ST901", { cause: error });
  return error instanceof DatabaseError ? fromDatabase(error) : undefined;
}

function fromDatabase(error: DatabaseError): StewardError | undefined {
  const code = error.code ?? "";
  if (isCode(code)) {
    return new StewardError(code, {
      sentence: error.message,
      cause: error,
      ...(error.column && { field: error.column }),
    });
  }
  const broken = CONSTRAINTS[error.constraint ?? ""];
  if (broken) return new StewardError(broken[0], { field: broken[1], cause: error });
  if (code.startsWith("22")) return fromValue(error);
  if (code === "57014") return new StewardError("ST111", { cause: error });
  if (CONFLICT.has(code)) return new StewardError("ST902", { cause: error });
  // Rights to tables are for the schema to have right; rights to functions are what a role may do.
  if (code === "42501" && error.message.includes("for function")) return new StewardError("ST102", { cause: error });
  return undefined;
}

/** Scalars that the schema takes as text, such as Datetime and Cursor, and Postgres does not (class 22, data exception). */
function fromValue(error: DatabaseError): StewardError {
  if (error.code === "22P02" && error.message.includes("type uuid")) return new StewardError("ST206", { cause: error });
  const isText = error.code === "22021" || error.code === "22P05";
  const sentence = isText ? { sentence: "A text contains a character that cannot be stored." } : undefined;
  return new StewardError("ST208", { ...sentence, cause: error });
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** HTTP status of an error that ends a whole request. */
export function statusOf(code: ErrorCode): number {
  const definition: ErrorDefinition = ERRORS[code];
  return definition.http ?? 500;
}

export interface ProblemBody {
  readonly errors: readonly [{ readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }];
}

/** The body of a request that ended with this error: shaped as GraphQL clients expect. */
export function problemBody(error: StewardError, requestId: string): ProblemBody {
  return { errors: [{ message: error.message, extensions: extensionsOf(error, requestId) }] };
}

export function extensionsOf(error: StewardError, requestId?: string): Record<string, unknown> {
  return {
    code: error.code,
    next: error.next,
    ...(error.field !== undefined && { field: error.field }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...(requestId !== undefined && { requestId }),
  };
}
