// The preset of a running server: the schema's, and how requests are answered.
import { getOperationAST } from "graphql";
import type pg from "pg";
import type { WithPgClient } from "postgraphile/@dataplan/pg";
import { settingsOf } from "../http/identity.ts";
import { activeTraceparent } from "../traces.ts";
import type { GraphqlApplication } from "./application.ts";
import { type AskerOf, createBoundsPlugin } from "./bounds.ts";
import type { Shared } from "./context.ts";
import type { Spend } from "./effort.ts";
import { graphiqlPreset } from "./graphiql.ts";
import { maskError } from "./masking.ts";
import { createSchemaPreset } from "./preset.ts";
import { ASKER, READ_ONLY, STATEMENT_TIMEOUT_MS, TRACEPARENT } from "./transactions.ts";
import "postgraphile/grafserv/fastify/v5";

export interface ServerPresetOptions {
  readonly pool: pg.Pool;
  readonly withPgClient: WithPgClient;
  readonly introspection: boolean;
  readonly graphiql: boolean;
  readonly shared: Shared;
  readonly askerOf: AskerOf;
  readonly spend: Spend;
  readonly application: GraphqlApplication;
}

export function createServerPreset({
  pool,
  withPgClient,
  introspection,
  graphiql,
  shared,
  askerOf,
  spend,
  application,
}: ServerPresetOptions): GraphileConfig.Preset {
  return {
    extends: [createSchemaPreset(pool, withPgClient, application), graphiqlPreset],
    plugins: [createBoundsPlugin({ introspection, askerOf, spend })],
    grafast: {
      timeouts: { planning: 1_000, execution: 45_000 },
      context: (request, { document, operationName }) => {
        const { identity, requestId, signal } = askerOf(request);
        const isMutation = getOperationAST(document, operationName)?.operation === "mutation";
        const settings = {
          ...settingsOf(identity, application.roles, STATEMENT_TIMEOUT_MS),
          [ASKER]: identity.subject,
        };
        return {
          ...shared,
          ...application.context,
          identity,
          requestId,
          signal,
          // What a mutation begins belongs to the trace of its request, as this server knows it: no client says so.
          pgSettings: isMutation
            ? { ...settings, [TRACEPARENT]: activeTraceparent() }
            : { ...settings, [READ_ONLY]: "on" },
        };
      },
    },
    grafserv: {
      graphqlPath: "/graphql",
      graphiql,
      graphiqlPath: "/graphiql",
      graphiqlOnGraphQLGET: false,
      maskError: (error) => maskError(error),
    },
  };
}
