// Tells a database that cannot be used at the moment from everything else that goes wrong with it.

/** Codes of the network, and of Postgres: connection broken, ended or refused, read only (a standby), no room (connections, memory, disk), login refused, no such database. */
const CODES =
  /^(08\w{3}|25006|25P03|28\w{3}|3D000|53\w{3}|57P0[1-5]|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;
const MESSAGES =
  /connection (terminated|ended)|timeout (exceeded )?when trying to connect|client has encountered a connection error|not queryable|query read timeout|cannot use a pool after|is not currently accepting connections/i;

/** Whether Postgres could not be reached, or ended the connection, or has no room: nothing that who asked did wrong. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isUnreachable);
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (typeof code === "string" && CODES.test(code)) return true;
  // A socket in the file system that is not there.
  return (code === "ENOENT" && syscall === "connect") || MESSAGES.test(error.message);
}
