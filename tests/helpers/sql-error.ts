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

/** The constraint that a query breaks; undefined when it does not fail for one. */
export async function constraint(query: Promise<unknown>): Promise<string | undefined> {
  try {
    await query;
    return undefined;
  } catch (error) {
    return error instanceof Error && "constraint" in error ? String(error.constraint) : String(error);
  }
}
