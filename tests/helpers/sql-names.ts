// The names that a function's body means something by, as far as they are not qualified: those that the search path decides about.
import { loadModule, parsePlPgSQLSync, parseSync } from "libpg-query";

export interface Names {
  readonly types: readonly string[];
  readonly functions: readonly string[];
  /** Tables and views that are neither named by the statement itself (with) nor qualified. */
  readonly relations: readonly string[];
}

interface Body {
  readonly language: string;
  /** The whole `create function`. */
  readonly definition: string;
  readonly source: string;
}

type Found = Record<keyof Names, Set<string>>;
type Json = null | string | number | boolean | Json[] | { [key: string]: Json };

await loadModule();

export function unqualifiedNames({ language, definition, source }: Body): Names {
  const found: Found = { types: new Set(), functions: new Set(), relations: new Set() };
  if (language === "plpgsql") walkPlPgSQL(parsePlPgSQLSync(definition) as Json, found);
  else walkSQL(source, found);
  return { types: [...found.types], functions: [...found.functions], relations: [...found.relations] };
}

/** Statements, and the part of one, whose SQL is put together when they run. */
const DYNAMIC = new Set(["PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors", "dynquery"]);

/** Expressions and types of PL/pgSQL; and SQL that is put together from texts, with something in place of what is put in. */
function walkPlPgSQL(node: Json, found: Found): void {
  for (const [key, value] of children(node)) {
    if (key === "PLpgSQL_expr") walkSQL(statementOf(value as { query: string; parseMode?: number }), found);
    else if (key === "PLpgSQL_type") walkType((value as { typname: string }).typname, found);
    else if (DYNAMIC.has(key)) walkDynamic(texts(value, "query"), found);
    walkPlPgSQL(value, found);
  }
}

const EXPRESSION = 2;

function statementOf({ query, parseMode = 0 }: { query: string; parseMode?: number }): string {
  if (parseMode < EXPRESSION) return query;
  return `select ${parseMode === EXPRESSION ? query : query.replace(/^[^=]*?:?=/, "")}`;
}

/** A declaration's type is parsed again where it is used: as a cast it can be parsed here. */
function walkType(name: string, found: Found): void {
  if (name.includes("%")) found.types.add(name);
  else if (name !== "record" && name !== "pg_catalog.record") walkSQL(`select null::${name}`, found);
}

function walkDynamic(expressions: readonly string[], found: Found): void {
  for (const [, text = ""] of expressions.join().matchAll(/'((?:[^']|'')*)'/g)) {
    const sql = text
      .replaceAll("''", "'")
      .replaceAll("array(%s)", "array(select 1)")
      .replaceAll("%s", "a.relation")
      .replaceAll(/%\d*\$?I/g, "a_column");
    if (/^\s*(select|insert|update|delete|analyze|with)\b/i.test(sql)) walkSQL(sql, found);
  }
}

function walkSQL(sql: string, found: Found): void {
  const tree = parseSync(sql) as unknown as Json;
  walkTree(tree, found, new Set(texts(tree, "ctename")));
}

function walkTree(node: Json, found: Found, own: ReadonlySet<string>): void {
  for (const [key, value] of children(node)) {
    if (key === "lockedRels") continue; // aliases
    if (key === "RangeVar") {
      const { schemaname, relname } = value as { schemaname?: string; relname: string };
      if (schemaname === undefined && !own.has(relname)) found.relations.add(relname);
    }
    if (key === "FuncCall") addUnqualified((value as { funcname: Json }).funcname, found.functions);
    if (key === "TypeName" || key === "typeName")
      addUnqualified((value as { names?: Json }).names ?? null, found.types);
    walkTree(value, found, own);
  }
}

function addUnqualified(names: Json, to: Set<string>): void {
  const [first, second] = texts(names, "sval");
  if (first !== undefined && second === undefined) to.add(first);
}

/** Every text under this key, wherever it is. */
function texts(node: Json, wanted: string): string[] {
  return children(node).flatMap(([key, value]) =>
    key === wanted && typeof value === "string" ? [value] : texts(value, wanted),
  );
}

function children(node: Json): [string, Json][] {
  return node !== null && typeof node === "object" ? Object.entries(node) : [];
}
