// What a document amounts to, by its form alone: counted after parsing and before anything that takes time, such as validation.
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  Source,
} from "graphql";
import { EngineError, type StewardError } from "../errors/index.ts";
import { checkText } from "./text-limits.ts";

export const LIMITS = {
  /** Names, numbers, brackets and the like. */
  tokens: 2_000,
  /** Operations and fragments. */
  definitions: 50,
  /** Fields within fields. */
  levels: 12,
  /** Introspection nests deeper, in types of types. */
  introspectionLevels: 16,
  /** `__schema` and `__type`; each answer holds the whole schema. */
  introspections: 2,
  rootFields: 10,
  aliases: 30,
  /** Fields in all, those of a fragment wherever it is used. */
  fields: 400,
} as const;

/** What keeping a plan costs in bytes, as measured: little for a value, more for an object or a list. */
const BYTES_OF_FIELD = 5_000;
const BYTES_OF_OBJECT = 35_000;

interface Shape {
  /** Fields at the top. */
  readonly width: number;
  readonly fields: number;
  readonly objects: number;
  readonly aliases: number;
  readonly introspections: number;
  readonly levels: number;
  readonly introspectionLevels: number;
}

const NOTHING: Shape = {
  width: 0,
  fields: 0,
  objects: 0,
  aliases: 0,
  introspections: 0,
  levels: 0,
  introspectionLevels: 0,
};

export interface Parsed {
  readonly document: DocumentNode;
  /** About as many bytes as the document takes once it is planned. */
  readonly bytes: number;
}

/** Throws ST106 for a document that is too large to be looked at further, GraphQLError for what is none. */
export function parseWithin(text: string): Parsed {
  checkText(text);
  const document = parseTokens(text);
  atMost("operations and fragments", document.definitions.length, LIMITS.definitions);
  const shapes = shapesOf(document);
  for (const shape of shapes) check(shape);
  return { document, bytes: shapes.reduce((sum, shape) => sum + bytesOf(shape), text.length) };
}

function parseTokens(text: string): DocumentNode {
  try {
    return parse(new Source(text, "GraphQL HTTP Request"), { maxTokens: LIMITS.tokens });
  } catch (error) {
    if (error instanceof GraphQLError && error.message.endsWith("Parsing aborted."))
      throw tooMany("tokens", LIMITS.tokens);
    throw error;
  }
}

/** Of each operation. */
function shapesOf({ definitions }: DocumentNode): Shape[] {
  const fragments = new Map(
    definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])),
  );
  const measure = createMeasure(fragments);
  return definitions.flatMap((node) => (node.kind === Kind.OPERATION_DEFINITION ? [measure(node.selectionSet)] : []));
}

/** Measures each fragment once, so that fragments which refer to fragments take no more time than they have letters. */
function createMeasure(fragments: ReadonlyMap<string, FragmentDefinitionNode>): (set: SelectionSetNode) => Shape {
  const known = new Map<string, Shape>();
  const ofFragment = (name: string): Shape => {
    const before = known.get(name);
    if (before) return before;
    // Validation refuses a fragment that contains itself, and one that does not exist.
    known.set(name, NOTHING);
    const fragment = fragments.get(name);
    const shape = fragment ? ofSet(fragment.selectionSet) : NOTHING;
    known.set(name, shape);
    return shape;
  };
  const ofSelection = (node: SelectionNode): Shape => {
    if (node.kind === Kind.FRAGMENT_SPREAD) return ofFragment(node.name.value);
    const inner = node.selectionSet ? ofSet(node.selectionSet) : NOTHING;
    if (node.kind === Kind.INLINE_FRAGMENT) return inner;
    const isIntrospection = node.name.value === "__schema" || node.name.value === "__type";
    return {
      width: 1,
      fields: inner.fields + 1,
      objects: inner.objects + (node.selectionSet ? 1 : 0),
      aliases: inner.aliases + (node.alias ? 1 : 0),
      introspections: inner.introspections + (isIntrospection ? 1 : 0),
      levels: isIntrospection ? 1 : inner.levels + 1,
      introspectionLevels: isIntrospection ? inner.levels + 1 : nested(inner.introspectionLevels),
    };
  };
  const ofSet = ({ selections }: SelectionSetNode): Shape => selections.map(ofSelection).reduce(together, NOTHING);
  return ofSet;
}

function nested(levels: number): number {
  return levels === 0 ? 0 : levels + 1;
}

function together(a: Shape, b: Shape): Shape {
  return {
    width: a.width + b.width,
    fields: a.fields + b.fields,
    objects: a.objects + b.objects,
    aliases: a.aliases + b.aliases,
    introspections: a.introspections + b.introspections,
    levels: Math.max(a.levels, b.levels),
    introspectionLevels: Math.max(a.introspectionLevels, b.introspectionLevels),
  };
}

function check(shape: Shape): void {
  atMost("levels", shape.levels, LIMITS.levels);
  atMost("levels", shape.introspectionLevels, LIMITS.introspectionLevels);
  atMost("introspections", shape.introspections, LIMITS.introspections);
  atMost("fields at its root", shape.width, LIMITS.rootFields);
  atMost("aliases", shape.aliases, LIMITS.aliases);
  atMost("fields", shape.fields, LIMITS.fields);
}

function bytesOf({ fields, objects }: Shape): number {
  return fields * BYTES_OF_FIELD + objects * BYTES_OF_OBJECT;
}

/** Throws ST106 when there are more than `limit`. */
export function atMost(what: string, number: number, limit: number): void {
  if (number > limit) throw tooMany(what, limit);
}

function tooMany(what: string, limit: number): StewardError {
  return new EngineError("ST106", { sentence: `The document has too many ${what}; ${limit} is the most.` });
}
