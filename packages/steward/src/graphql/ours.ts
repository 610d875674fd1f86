// Which parts of a GraphQL schema are the engine's: an application's own PostGraphile may have much beside them.
import "postgraphile";

const SCHEMA = "steward";
/** What readers are shown; all else of the schema steward is for SQL. */
const SHOWN: ReadonlySet<string> = new Set([
  "runs",
  "steps",
  "audit",
  "alerts",
  "runs_progress",
  "runs_estimated_completion",
  "steps_rate",
  "steps_waits_for",
]);

interface Described {
  readonly extensions?:
    | { readonly pg?: { readonly schemaName?: string; readonly name?: string } | undefined }
    | undefined;
}

/** Whether a codec or resource is made from something in the schema steward. */
export function isOurs(thing: Described | null | undefined): boolean {
  return thing?.extensions?.pg?.schemaName === SCHEMA;
}

/** Shows of the schema steward what readers are to see, even to a login that may do everything. */
export const ShownPlugin: GraphileConfig.Plugin = {
  name: "StewardShownPlugin",
  schema: {
    entityBehavior: {
      // Their ids are the rows' own, so there are no opaque ones.
      pgCodec: {
        override: (behavior, codec) => (isOurs(codec) ? [behavior, "-type:node"] : behavior),
      },
      pgResource: {
        override(behavior, resource) {
          if (!isOurs(resource)) return behavior;
          const isShown = SHOWN.has(resource.extensions?.pg?.name ?? "");
          return isShown
            ? [behavior, "-insert", "-update", "-delete", "-resource:connection:backwards"]
            : [behavior, "-*"];
        },
      },
    },
  },
};
