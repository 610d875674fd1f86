// Lists can be ordered only by what their pages can follow each other by. A cursor that holds a null finds no next row, and of a unique key
// of several columns the first is taken for unique alone: pages would end early.
import "postgraphile";
import { isOurs } from "./ours.ts";

/** For lists of the engine's own rows, or for all. */
export function createOrdersPlugin(of: "engine" | "all"): GraphileConfig.Plugin {
  return {
    name: "StewardOrdersPlugin",
    schema: {
      entityBehavior: {
        pgCodecAttribute: {
          override(behavior, [codec, name], build) {
            if (of === "engine" && !isOurs(codec)) return behavior;
            const isNullable = !codec.attributes[name]?.notNull;
            const uniques = build.pgTableResource(codec, false)?.uniques ?? [];
            const isPart = uniques.some(({ attributes }) => attributes[0] === name && attributes.length > 1);
            return isNullable || isPart ? [behavior, "-attribute:orderBy"] : behavior;
          },
        },
      },
    },
  };
}
