// Names things as our clients expect: `id` is the id of the row itself, and the engine's types carry no schema's name.
import "postgraphile";
import { isOurs } from "./ours.ts";

/** For the engine's own things, or for all that is shown. */
export function createIdsPlugin(of: "engine" | "all"): GraphileConfig.Plugin {
  return {
    name: "StewardIdsPlugin",
    inflection: {
      replace: {
        _schemaPrefix: (previous, _options, details) =>
          of === "all" || details.pgNamespace.nspname === "steward" ? "" : (previous?.(details) ?? ""),
        allRowsConnection(previous, _options, resource) {
          const before = previous?.(resource) ?? resource.name;
          return of === "engine" && isOurs(resource) ? this.camelCase(this.pluralize(resource.codec.name)) : before;
        },
        rowByUnique(previous, _options, details) {
          const before = previous?.(details) ?? details.resource.name;
          const { resource, unique } = details;
          return of === "engine" && isOurs(resource) && unique.isPrimary
            ? this.camelCase(this.singularize(resource.codec.name))
            : before;
        },
        _attributeName(previous, _options, details) {
          const { codec, attributeName } = details;
          if (of === "engine" && !isOurs(codec)) return previous?.(details) ?? attributeName;
          const named = codec.attributes[attributeName]?.extensions?.tags?.name;
          return this.coerceToGraphQLName(typeof named === "string" ? named : attributeName);
        },
      },
    },
  };
}
