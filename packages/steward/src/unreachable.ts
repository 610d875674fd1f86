// Tells a database that cannot be used at the moment from everything else that goes wrong with it.

/**
 * Codes of the network, and of Postgres: connection broken, ended or refused, read only (a standby), no room (connections, memory, disk;
 * not 53400, which is the statement's own doing), login refused, no such database.
 */
const CODES =
  /^(08\w{3}|25006|25P0[34]|28\w{3}|3D000|53[0-3]\w{2}|57P0[1-5]|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;
const MESSAGES =
  /connection (terminated|ended)|timeout (exceeded )?when trying to connect|client has encountered a connection error|not queryable|query read timeout|cannot use a pool after|is not currently accepting connections/i;

/** Whether Postgres could not be reached, or ended the connection, or has no room: nothing that who asked did wrong. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isUnreachable);
  const { code, syscall, routine } = error as { code?: unknown; syscall?: unknown; routine?: unknown };
  if (typeof code === "string" && CODES.test(code)) return true;
  // The queue of notifications is full: its code is that of many other limits.
  if (routine === "PreCommit_Notify") return true;
  // A socket in the file system that is not there.
  return (code === "ENOENT" && syscall === "connect") || MESSAGES.test(error.message);
}
