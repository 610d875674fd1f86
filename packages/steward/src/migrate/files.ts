// The SQL files of the code, with their checksums: migrations (once, in order), functions and lifecycles (again whenever changed).
import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../errors/index.ts";

export type Kind = "migration" | "function" | "lifecycle";

export interface SqlFile {
  readonly kind: Kind;
  /** Path inside db/, with forward slashes: migrations/000001_create_schemas.sql, functions/steward/explain.sql. */
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

const MIGRATION_NAME = /^migrations\/\d{6}_[a-z0-9_]+\.sql$/;
const LIFECYCLE_NAME = /^lifecycles\/[a-z0-9_]+\.sql$/;
const FUNCTION_NAME = /^functions\/[a-z_]+\/[a-z0-9_]+\.sql$/;
/** The name that the engine's files give to graphile-worker's schema. */
const QUEUE = /\bgraphile_worker\b/g;

/** Reads all SQL files under `folder` (our db/), in the order in which they apply. A misnamed one is ST823. */
export async function readSqlFiles(folder: string): Promise<SqlFile[]> {
  const migrations = await read(folder, "migration", "migrations/**/*.sql", MIGRATION_NAME);
  refuseSameNumber(migrations);
  return [
    ...migrations,
    ...(await read(folder, "function", "functions/**/*.sql", FUNCTION_NAME)),
    ...(await read(folder, "function", "lifecycles/*.sql", LIFECYCLE_NAME)),
  ];
}

/** Reads the engine's own files, with graphile-worker's schema called as it is here. The checksum is that of the file. */
export async function readEngineFiles(folder: string, queueSchema: string): Promise<SqlFile[]> {
  const files = await readSqlFiles(folder);
  return files.map((file) => ({ ...file, sql: file.sql.replaceAll(QUEUE, queueSchema) }));
}

/** Reads a folder of nothing but lifecycle definitions, by name. A folder that is not there has none. */
export function readLifecycles(folder: string): Promise<SqlFile[]> {
  return read(folder, "lifecycle", "*.sql", /\.sql$/);
}

/** The leading number of a migration's name; numbers give the order. */
export function migrationNumber(name: string): number {
  return Number(/(\d{6})_/.exec(name)?.[1]);
}

const MAKES_SCHEMA = /(?:^|;)\s*create schema (?:if not exists )?(\w+)/gim;

/** The schemas that the migrations make: whatever is in them is ours. */
export function schemasOf(files: readonly SqlFile[]): string[] {
  return files.flatMap(({ kind, sql }) =>
    kind === "migration" ? Array.from(sql.matchAll(MAKES_SCHEMA), (match) => match[1] ?? "") : [],
  );
}

async function read(folder: string, kind: Kind, pattern: string, valid: RegExp): Promise<SqlFile[]> {
  const names = globSync(pattern, { cwd: folder }).sort();
  return Promise.all(names.map((name) => readOne(folder, kind, name, valid)));
}

async function readOne(folder: string, kind: Kind, name: string, valid: RegExp): Promise<SqlFile> {
  if (!valid.test(name)) throw new EngineError("ST823", { sentence: `${name} is misnamed.` });
  // A checkout with CRLF line ends must not look like an edit.
  const sql = (await readFile(join(folder, name), "utf8")).replaceAll("\r\n", "\n");
  return { kind, name, sql, sha256: createHash("sha256").update(sql).digest("hex") };
}

function refuseSameNumber(migrations: SqlFile[]): void {
  for (const [index, file] of migrations.entries()) {
    const next = migrations[index + 1];
    if (next === undefined || migrationNumber(file.name) !== migrationNumber(next.name)) continue;
    throw new EngineError("ST823", { sentence: `${file.name} and ${next.name} have the same number.` });
  }
}
