// The GraphQL API as a preset: what is shown, under which names, within which bounds.
import "./environment.ts";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import type pg from "pg";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { DocumentReadsPlugin } from "./documents-read.ts";
import type { Spend } from "./effort.ts";
import { IdsPlugin } from "./ids.ts";
import { MembersPlugin } from "./members.ts";
import { OnboardingPlugin } from "./onboarding.ts";
import { OrdersPlugin } from "./orders.ts";
import { PagesPlugin } from "./pages.ts";
import { ProjectsPlugin } from "./projects.ts";
import { RelationsPlugin } from "./relations.ts";
import { RunsPlugin } from "./runs.ts";
import { SubscriptionsPlugin } from "./subscriptions.ts";
import { TenantsPlugin } from "./tenants.ts";
import { createWithPgClient } from "./transactions.ts";
import { OwnEmailPlugin, UsersPlugin } from "./users.ts";

const OPERATIONS = [
  UsersPlugin,
  TenantsPlugin,
  ProjectsPlugin,
  MembersPlugin,
  RunsPlugin,
  OnboardingPlugin,
  SubscriptionsPlugin,
];

/** What decides the schema: the database's own description of itself, and our plugins. */
export function createSchemaPreset(pool: pg.Pool, spend: Spend): GraphileConfig.Preset {
  const service = makePgService({ pool, schemas: ["app_public"], pubsub: false });
  const withPgClient = createWithPgClient(pool, spend) as ReturnType<typeof service.adaptor.createWithPgClient>;
  return {
    extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
    plugins: [
      IdsPlugin,
      RelationsPlugin,
      OrdersPlugin,
      PagesPlugin,
      DocumentReadsPlugin,
      OwnEmailPlugin,
      ...OPERATIONS,
    ],
    disablePlugins: ["NodePlugin", "SwallowErrorsPlugin"],
    pgServices: [{ ...service, adaptor: { ...service.adaptor, createWithPgClient: () => withPgClient } }],
    gather: { pgStrictFunctions: true },
    schema: {
      dontSwallowErrors: true,
      // Tables are read; writing goes through mutations of our own.
      defaultBehavior: "-insert -update -delete -resource:connection:backwards",
      pgForbidSetofFunctionsToReturnNull: true,
    },
  };
}
