// The GraphQL API as a preset: what is shown, under which names, within which bounds.
import "./environment.ts";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import type pg from "pg";
import type { WithPgClient } from "postgraphile/@dataplan/pg";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import type { GraphqlApplication } from "./application.ts";

import { enginePlugins } from "./plugins.ts";

/** What decides the schema: the database's own description of itself, the engine's plugins, and the application's. */
export function createSchemaPreset(
  pool: pg.Pool,
  withPgClient: WithPgClient,
  { schemas, plugins }: GraphqlApplication,
): GraphileConfig.Preset {
  const service = makePgService({ pool, schemas: [...schemas, "steward"], pubsub: false });
  const createWithPgClient = () => withPgClient as ReturnType<typeof service.adaptor.createWithPgClient>;
  return {
    extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
    plugins: [...enginePlugins("all"), ...plugins],
    disablePlugins: ["NodePlugin", "SwallowErrorsPlugin"],
    pgServices: [{ ...service, adaptor: { ...service.adaptor, createWithPgClient } }],
    gather: { pgStrictFunctions: true },
    schema: {
      dontSwallowErrors: true,
      // Tables are read; writing goes through mutations of our own.
      defaultBehavior: "-insert -update -delete -resource:connection:backwards",
      pgForbidSetofFunctionsToReturnNull: true,
    },
  };
}
