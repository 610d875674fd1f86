// The tables that our plans read.
import type { PgResource } from "postgraphile/@dataplan/pg";

export function resourceOf(build: GraphileBuild.Build, name: string): PgResource {
  const resource = build.pgResources[name];
  if (!resource) throw new Error(`${name} is not among the tables that GraphQL shows`);
  return resource;
}
