// The tables that our plans read.
import type { PgResource } from "postgraphile/@dataplan/pg";

type Table = "users" | "runs" | "projects" | "tenants";

export function resourceOf(build: GraphileBuild.Build, name: Table): PgResource {
  const resource = build.pgResources[name];
  if (!resource) throw new Error(`app_public.${name} is not among the tables that GraphQL shows`);
  return resource;
}
