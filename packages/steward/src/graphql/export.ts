// The schema as text: what clients are typed from.
import "./environment.ts";
import { lexicographicSortSchema, printSchema } from "graphql";
import { makeSchema } from "postgraphile";
import { createApiPool } from "../pools.ts";
import type { GraphqlApplication } from "./application.ts";
import { createSchemaPreset } from "./preset.ts";
import { createWithPgClient } from "./transactions.ts";

/** The API's schema in GraphQL's own language, sorted, the same for the same database. `connectionString` is the API's login. */
export async function exportSchema(connectionString: string, application: GraphqlApplication): Promise<string> {
  const pool = createApiPool({ connectionString, applicationName: "steward schema", max: 1 });
  try {
    const { schema } = await makeSchema(
      createSchemaPreset(
        pool,
        createWithPgClient(pool, () => undefined),
        application,
      ),
    );
    return `${printSchema(lexicographicSortSchema(schema))}\n`;
  } finally {
    await pool.end();
  }
}
