// Bounds every list, nested ones too: 50 rows unless asked otherwise, 100 at most, and no endless skipping.
import { type ConnectionStep, type FieldArg, lambda } from "postgraphile/grafast";
import { EngineError } from "../errors/index.ts";
import { isOurs } from "./ours.ts";
import "postgraphile";

export const DEFAULT_PAGE = 50;
export const LARGEST_PAGE = 100;
const LARGEST_OFFSET = 10_000;

/** Rows of a page for the argument `first`; ST107 when it is out of bounds. */
function pageSize(first: unknown): number {
  if (first === null || first === undefined) return DEFAULT_PAGE;
  return within(first, LARGEST_PAGE, "first");
}

function within(value: unknown, largest: number, argument: string): number {
  if (typeof value === "number" && value >= 0 && value <= largest) return value;
  throw new EngineError("ST107", { sentence: `${argument} must be between 0 and ${largest}.`, field: argument });
}

function offsetOf(value: unknown): number | null {
  return value === null || value === undefined ? null : within(value, LARGEST_OFFSET, "offset");
}

// oxlint-disable-next-line typescript/no-explicit-any
type Connection = ConnectionStep<any, any, any, any>;

/** For lists of the engine's own rows, or for all. Needs the behaviour `-resource:connection:backwards`, so that `last` and `before` do not exist. */
export function createPagesPlugin(of: "engine" | "all"): GraphileConfig.Plugin {
  return {
    name: "StewardPagesPlugin",
    after: ["PgFirstLastBeforeAfterArgsPlugin"],
    schema: {
      hooks: {
        GraphQLObjectType_fields_field_args: {
          after: ["PgFirstLastBeforeAfterArgsPlugin"],
          callback(args, _build, { scope }) {
            const { first, offset } = args;
            if (!first || !(scope.isPgFieldConnection || scope.isPgFieldSimpleCollection)) return args;
            if (of === "engine" && !isOurs(scope.pgFieldResource)) return args;
            return {
              ...args,
              first: {
                ...first,
                defaultValue: DEFAULT_PAGE,
                description: `Rows of this page: ${DEFAULT_PAGE} unless said, at most ${LARGEST_PAGE}.`,
                applyPlan(_$parent: unknown, $connection: Connection, argument: FieldArg) {
                  $connection.setFirst(lambda(argument.getRaw(), pageSize));
                },
              },
              ...(offset && {
                offset: {
                  ...offset,
                  description: `Rows to skip, at most ${LARGEST_OFFSET}; prefer \`after\`, which costs the same on every page.`,
                  applyPlan(_$parent: unknown, $connection: Connection, argument: FieldArg) {
                    $connection.setOffset(lambda(argument.getRaw(), offsetOf));
                  },
                },
              }),
            };
          },
        },
      },
    },
  };
}
