// Names things as our clients expect: `id` is the id of the row itself, there are no opaque node ids, and the engine's types carry no schema's name.
import "postgraphile";

export const IdsPlugin: GraphileConfig.Plugin = {
  name: "StewardIdsPlugin",
  inflection: {
    replace: {
      _schemaPrefix: () => "",
      _attributeName(_previous, _options, { codec, attributeName }) {
        const named = codec.attributes[attributeName]?.extensions?.tags?.name;
        return this.coerceToGraphQLName(typeof named === "string" ? named : attributeName);
      },
    },
  },
};
