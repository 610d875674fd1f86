// Documents that have been parsed and validated, kept for those who send them again. Their plans are kept with them, and let go with them.
import { type DocumentNode, GraphQLError, type GraphQLSchema, type ValidationRule, validate } from "graphql";
import { parseWithin } from "./shape.ts";

/** Exactly one is there. */
export interface Judged {
  readonly document?: DocumentNode;
  readonly errors?: readonly GraphQLError[];
}

interface Entry {
  readonly judged: Judged;
  readonly bytes: number;
}

export interface Documents {
  /** Whether `judge` will answer without work. */
  knows(text: string): boolean;
  /** Throws ST106 for what is too large. */
  judge(text: string): Judged;
}

export interface DocumentsOptions {
  readonly schema: GraphQLSchema;
  readonly rules: readonly ValidationRule[];
  /** Whether errors may tell of names that the client did not send. */
  readonly suggestions: boolean;
}

/** Together with their plans, about. */
const MOST_BYTES = 64_000_000;
/** People correct a document one error at a time. */
const MOST_ERRORS = 5;

export function createDocuments({ schema, rules, suggestions }: DocumentsOptions): Documents {
  const known = new Map<string, Entry>();
  let bytes = 0;

  const keep = (text: string, entry: Entry) => {
    known.set(text, entry);
    bytes += entry.bytes;
    // A map keeps the order of insertion: the first is the one unused for longest.
    for (const [oldest, { bytes: freed }] of known) {
      if (bytes <= MOST_BYTES) return;
      known.delete(oldest);
      bytes -= freed;
    }
  };
  const judge = (text: string): Entry => {
    try {
      const { document, bytes } = parseWithin(text);
      const errors = validate(schema, document, rules, { maxErrors: MOST_ERRORS, hideSuggestions: !suggestions });
      return { judged: errors.length > 0 ? { errors } : { document }, bytes };
    } catch (error) {
      if (error instanceof GraphQLError) return { judged: { errors: [error] }, bytes: text.length };
      throw error;
    }
  };

  return {
    knows: (text) => known.has(text),
    judge(text) {
      const before = known.get(text);
      if (before) {
        known.delete(text);
        known.set(text, before);
        return before.judged;
      }
      const entry = judge(text);
      keep(text, entry);
      return entry.judged;
    },
  };
}
