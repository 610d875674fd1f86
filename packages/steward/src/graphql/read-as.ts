// Reads for requests that are no GraphQL, with the role, the row security and the share of connections that their subject has there.
import type { WithPgClient } from "postgraphile/@dataplan/pg";
import { type Identity, settingsOf } from "../http/identity.ts";
import type { RequestRoles } from "./application.ts";
import { ASKER, READ_ONLY, STATEMENT_TIMEOUT_MS } from "./transactions.ts";

export type Read = <TRow>(
  statement: { readonly name: string; readonly text: string },
  values: readonly unknown[],
) => Promise<readonly TRow[]>;

export type ReadAs = (identity: Identity, roles: RequestRoles) => Read;

export function createReadAs(withPgClient: WithPgClient): ReadAs {
  return (identity, roles) => async (statement, values) => {
    const settings = {
      ...settingsOf(identity, roles, STATEMENT_TIMEOUT_MS),
      [ASKER]: identity.subject,
      [READ_ONLY]: "on",
    };
    const { rows } = await withPgClient(settings, (client) => client.query({ ...statement, values: [...values] }));
    return rows as never;
  };
}
