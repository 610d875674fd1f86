// What a document may make the server do, judged before any of it is run: how deep, how wide, how many rows.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { StewardError } from "../errors.ts";
import { DEFAULT_PAGE, LARGEST_PAGE } from "./pages.ts";

export const LIMITS = {
  /** Fields within fields. */
  depth: 12,
  /** Introspection nests deeper, in types of types. */
  introspectionDepth: 16,
  rootFields: 10,
  aliases: 30,
  /** Fields in all, with fragments counted wherever they are used. */
  fields: 400,
  /** Rows that could be read, if every page were full. */
  rows: 150_000,
} as const;

type Variables = Readonly<Record<string, unknown>>;

interface Tally {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Variables;
  fields: number;
  aliases: number;
  rows: number;
  /** Whether a page size is a variable. */
  varies: boolean;
}

/** Throws ST106 for an operation that is beyond the limits. The document must have been validated. */
export function checkCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): void {
  if (fits.has(operation)) return;
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [],
    ),
  );
  const tally: Tally = {
    schema,
    fragments,
    variables: withDefaults(operation, variables),
    fields: 0,
    aliases: 0,
    rows: 0,
    varies: false,
  };
  const type = schema.getRootType(operation.operation) ?? undefined;
  const rootFields = count(tally, operation.selectionSet, type, {
    depth: 1,
    rows: 1,
    pages: 1,
    isIntrospection: false,
  });
  atMost("fields at its root", rootFields, LIMITS.rootFields);
  if (!tally.varies) fits.add(operation);
}

/** Parsed documents are kept and come again; what does not depend on variables is judged once. */
const fits = new WeakSet<OperationDefinitionNode>();

function withDefaults({ variableDefinitions }: OperationDefinitionNode, given: Variables): Variables {
  const defaults = (variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)] as const] : [],
  );
  return { ...Object.fromEntries(defaults), ...given };
}

interface Place {
  readonly depth: number;
  /** How often what stands here could be there. */
  readonly rows: number;
  /** Of which the page that this is of could be there so often. */
  readonly pages: number;
  readonly isIntrospection: boolean;
}

/** Counts a selection with all below it; returns its own number of fields. */
function count(tally: Tally, set: SelectionSetNode, type: GraphQLNamedType | undefined, place: Place): number {
  let fields = 0;
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) {
      fields += 1;
      countField(tally, node, type, place);
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      const condition = node.typeCondition ? tally.schema.getType(node.typeCondition.name.value) : type;
      fields += count(tally, node.selectionSet, condition, place);
    } else {
      const fragment = tally.fragments.get(node.name.value);
      if (fragment)
        fields += count(tally, fragment.selectionSet, tally.schema.getType(fragment.typeCondition.name.value), place);
    }
  }
  return fields;
}

function countField(tally: Tally, node: FieldNode, parent: GraphQLNamedType | undefined, place: Place): void {
  const isIntrospection = place.isIntrospection || node.name.value.startsWith("__");
  atMost("levels", place.depth, isIntrospection ? LIMITS.introspectionDepth : LIMITS.depth);
  atMost("fields", ++tally.fields, LIMITS.fields);
  if (node.alias) atMost("aliases", ++tally.aliases, LIMITS.aliases);

  const field = isObjectType(parent) ? parent.getFields()[node.name.value] : undefined;
  const type = field ? getNamedType(field.type) : undefined;
  const isPage = field?.args.some(({ name }) => name === "first") ?? false;
  const rows = isPage ? place.rows * pageOf(tally, node) : place.rows;
  // A count reads every row there is; it is taken for a full page, of each list.
  if (node.name.value === "totalCount") tally.rows += place.pages * LARGEST_PAGE;
  // The rows of a page are counted with the page, not again with its nodes or edges.
  const isRow = type !== undefined && isObjectType(type) && !PARTS_OF_PAGES.test(parent?.name ?? "");
  if (isPage || (isRow && place.depth > 1)) tally.rows += rows;
  atMost("rows", tally.rows, LIMITS.rows);
  const pages = isPage ? place.rows : place.pages;
  if (node.selectionSet)
    count(tally, node.selectionSet, type, { depth: place.depth + 1, rows, pages, isIntrospection });
}

const PARTS_OF_PAGES = /(Connection|Edge)$/;

/** The rows that a list could have. */
function pageOf(tally: Tally, node: FieldNode): number {
  const first = node.arguments?.find(({ name }) => name.value === "first")?.value;
  if (first?.kind === Kind.INT) return bounded(Number(first.value));
  if (first?.kind !== Kind.VARIABLE) return DEFAULT_PAGE;
  tally.varies = true;
  return bounded(tally.variables[first.name.value]);
}

/** What is out of bounds is refused when it comes to the list itself. */
function bounded(first: unknown): number {
  return typeof first === "number" ? Math.min(Math.max(first, 1), LARGEST_PAGE) : DEFAULT_PAGE;
}

function atMost(what: string, number: number, limit: number): void {
  if (number > limit)
    throw new StewardError("ST106", { sentence: `The document has too many ${what}; ${limit} is the most.` });
}
