// The SQL files of the code: db/migrations (once, in order) and db/functions (again whenever changed), with their checksums.
import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../errors/index.ts";

export type Kind = "migration" | "function";

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
  if (!valid.test(name)) throw new EngineError("ST823", { sentence: `db/${name} is misnamed.` });
  // A checkout with CRLF line ends must not look like an edit.
  const sql = (await readFile(join(folder, name), "utf8")).replaceAll("\r\n", "\n");
  return { kind, name, sql, sha256: createHash("sha256").update(sql).digest("hex") };
}

function refuseSameNumber(migrations: SqlFile[]): void {
  for (const [index, file] of migrations.entries()) {
    const next = migrations[index + 1];
    if (next === undefined || migrationNumber(file.name) !== migrationNumber(next.name)) continue;
    throw new EngineError("ST823", { sentence: `db/${file.name} and db/${next.name} have the same number.` });
  }
}
