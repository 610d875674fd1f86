// What went wrong, as Postgres names it.

/** The SQLSTATE that a query fails with; undefined when it does not fail. */
export async function code(query: Promise<unknown>): Promise<string | undefined> {
  try {
    await query;
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}
