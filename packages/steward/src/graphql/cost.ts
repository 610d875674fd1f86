// How much a document may make the server read, judged before any of it is run.
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
  type ValueNode,
} from "graphql";
import { DEFAULT_PAGE, LARGEST_PAGE } from "./pages.ts";
import { atMost } from "./shape.ts";

/** If every page were full. Writing an answer takes the thread that everybody shares: so many take less than a tenth of a second. */
export const LIMITS = {
  rows: 15_000,
  /** Fields of all those rows. */
  values: 75_000,
} as const;

/** Fields behind which there are more rows read than their answer shows, and how many. */
const BEHIND: Readonly<Record<string, number>> = { explanation: 50, history: 20 };

type Variables = Readonly<Record<string, unknown>>;

interface Tally {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Variables;
  rows: number;
  values: number;
  /** Whether a page size is a variable. */
  varies: boolean;
}

/** Throws ST106 for an operation that is beyond the limits. The document must be valid, and of a size that `parseWithin` accepts. */
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
    rows: 0,
    values: 0,
    varies: false,
  };
  const type = schema.getRootType(operation.operation) ?? undefined;
  count(tally, operation.selectionSet, type, { isRoot: true, rows: 1, pages: 1 });
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
  readonly isRoot: boolean;
  /** How often what stands here could be there. */
  readonly rows: number;
  /** Of which the page that this is of could be there so often. */
  readonly pages: number;
}

/** Counts a selection with all below it. */
function count(tally: Tally, set: SelectionSetNode, type: GraphQLNamedType | undefined, place: Place): void {
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) countField(tally, node, type, place);
    else if (node.kind === Kind.INLINE_FRAGMENT) {
      const condition = node.typeCondition ? tally.schema.getType(node.typeCondition.name.value) : type;
      count(tally, node.selectionSet, condition, place);
    } else {
      const fragment = tally.fragments.get(node.name.value);
      if (fragment) count(tally, fragment.selectionSet, tally.schema.getType(fragment.typeCondition.name.value), place);
    }
  }
}

function countField(tally: Tally, node: FieldNode, parent: GraphQLNamedType | undefined, place: Place): void {
  const field = isObjectType(parent) ? parent.getFields()[node.name.value] : undefined;
  const type = field ? getNamedType(field.type) : undefined;
  const isPage = field?.args.some(({ name }) => name === "first" || name === "ids") ?? false;
  const rows = isPage ? place.rows * pageOf(tally, node) : place.rows;
  // A count reads every row there is; it is taken for a full page, of each list.
  if (node.name.value === "totalCount") tally.rows += place.pages * LARGEST_PAGE;
  tally.rows += place.rows * (BEHIND[node.name.value] ?? 0);
  // The rows of a page are counted with the page, not again with its nodes or edges.
  const isRow = type !== undefined && isObjectType(type) && !PARTS_OF_PAGES.test(parent?.name ?? "");
  if (isPage || (isRow && !place.isRoot)) tally.rows += rows;
  tally.values += place.rows;
  atMost("rows", tally.rows, LIMITS.rows);
  atMost("values", tally.values, LIMITS.values);
  const pages = isPage ? place.rows : place.pages;
  if (node.selectionSet) count(tally, node.selectionSet, type, { isRoot: false, rows, pages });
}

const PARTS_OF_PAGES = /(Connection|Edge)$/;

/** The rows that a list could have: a page, or those that are named. */
function pageOf(tally: Tally, node: FieldNode): number {
  const ids = node.arguments?.find(({ name }) => name.value === "ids")?.value;
  if (ids) return namedIn(tally, ids);
  const first = node.arguments?.find(({ name }) => name.value === "first")?.value;
  if (first?.kind === Kind.INT) return bounded(Number(first.value));
  if (first?.kind !== Kind.VARIABLE) return DEFAULT_PAGE;
  tally.varies = true;
  return bounded(tally.variables[first.name.value]);
}

/** The list itself refuses a page that is out of bounds. */
function bounded(first: unknown): number {
  return typeof first === "number" ? Math.min(Math.max(first, 1), LARGEST_PAGE) : DEFAULT_PAGE;
}

function namedIn(tally: Tally, ids: ValueNode): number {
  if (ids.kind === Kind.LIST) return bounded(ids.values.length);
  if (ids.kind !== Kind.VARIABLE) return 1;
  tally.varies = true;
  const values = tally.variables[ids.name.value];
  return bounded(Array.isArray(values) ? values.length : 1);
}
