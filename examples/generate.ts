// node examples/generate.ts: the types of the example clients' operations, from the committed schema.
import { readFile, writeFile } from "node:fs/promises";
import { codegen } from "@graphql-codegen/core";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { buildSchema, parse } from "graphql";

const OUTPUT = new URL("./generated/operations.ts", import.meta.url);

/** The text of examples/generated/operations.ts. */
export async function generateTypes(): Promise<string> {
  const schema = buildSchema(await readFile(new URL("../server/schema.graphql", import.meta.url), "utf8"));
  const document = parse(await readFile(new URL("./operations.graphql", import.meta.url), "utf8"));
  return codegen({
    filename: OUTPUT.pathname,
    schema: parse("type Query { unused: Int }"),
    schemaAst: schema,
    documents: [{ location: "examples/operations.graphql", document }],
    config: {
      enumsAsTypes: true,
      enumType: "string-literal",
      useTypeImports: true,
      scalars: { UUID: "string", Datetime: "string", BigInt: "string", Cursor: "string" },
    },
    plugins: [{ operations: {} }, { typedDocumentNode: {} }],
    pluginMap: { operations, typedDocumentNode },
  });
}

if (import.meta.main) await writeFile(OUTPUT, await generateTypes());
