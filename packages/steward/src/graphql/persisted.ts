// Persisted operations: where an operator lists the documents of their own clients, nothing else is answered.
import { readFileSync } from "node:fs";
import { SafeError } from "postgraphile/grafast";
import { z } from "zod";
import { EngineError } from "../errors/index.ts";
import { extensionsOf } from "../http/problems.ts";
import "postgraphile/grafserv";

/** Reads the documents of a JSON file, id to text. ST801 when it is none. */
export function readOperations(file: string): ReadonlyMap<string, string> {
  try {
    return new Map(Object.entries(z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, "utf8")))));
  } catch (cause) {
    throw new EngineError("ST801", {
      sentence: "PERSISTED_OPERATIONS must name a JSON file that holds documents by their ids",
      cause,
    });
  }
}

/** The id comes as `documentId`, or as the hash that Apollo's and Relay's clients send. */
export function createPersistedPlugin(operations: ReadonlyMap<string, string>): GraphileConfig.Plugin {
  return {
    name: "StewardPersistedPlugin",
    grafserv: {
      middleware: {
        processGraphQLRequestBody(next, { body }) {
          const id: unknown = body.documentId ?? body.id ?? hashOf(body.extensions);
          const document = typeof id === "string" ? operations.get(id) : undefined;
          if (document === undefined) throw unknownDocument();
          body.query = document;
          return next();
        },
      },
    },
  };
}

function hashOf(extensions: unknown): unknown {
  const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: { sha256Hash?: unknown } };
  return persistedQuery?.sha256Hash;
}

/** Grafserv shows errors of its own class only. */
function unknownDocument(): SafeError {
  const error = new EngineError("ST112");
  return new SafeError(error.message, { ...extensionsOf(error), statusCode: error.http });
}
