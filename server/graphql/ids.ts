// Names ids as our clients expect: `id` is the uuid of the row itself; there are no opaque node ids.
import "postgraphile";

export const IdsPlugin: GraphileConfig.Plugin = {
  name: "StewardIdsPlugin",
  inflection: {
    replace: {
      _attributeName(_previous, _options, { codec, attributeName }) {
        const named = codec.attributes[attributeName]?.extensions?.tags?.name;
        return this.coerceToGraphQLName(typeof named === "string" ? named : attributeName);
      },
    },
  },
};
