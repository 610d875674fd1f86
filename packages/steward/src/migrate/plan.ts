// What is to be done: the files of the code held against what the database has had applied. Pure.
import { EngineError, type StewardError } from "../errors/index.ts";
import type { Applied } from "./applied.ts";
import { migrationNumber, type SqlFile, schemasOf } from "./files.ts";

export interface Plan {
  readonly library: Applied | undefined;
  readonly migrations: readonly SqlFile[];
  readonly functions: readonly SqlFile[];
  /** Names of function files that were applied once and are gone from the code. */
  readonly gone: readonly string[];
  /** The schemas that are ours. */
  readonly schemas: readonly string[];
}

/** True when nothing is to be done. */
export function isEmpty(plan: Plan): boolean {
  return plan.library === undefined && plan.migrations.length + plan.functions.length + plan.gone.length === 0;
}

/** Says what to apply, in order. Refuses what cannot be right: ST820 edited, ST821 missing, ST822 newer database, ST823 out of order. */
export function makePlan(files: readonly SqlFile[], applied: readonly Applied[], library: Applied | undefined): Plan {
  const before = new Map(applied.map((row) => [`${row.kind}/${row.name}`, row.sha256]));
  const changed = (file: SqlFile | Applied) => before.get(`${file.kind}/${file.name}`) !== file.sha256;
  const migrations = newMigrations(files, applied, before);
  const functions = files.filter((file) => file.kind === "function");
  const names = new Set(functions.map((file) => file.name));
  return {
    library: library && changed(library) ? library : undefined,
    migrations,
    // A migration may drop what a function file made (a table takes its triggers along), so all are applied again after one.
    functions: migrations.length > 0 ? functions : functions.filter(changed),
    gone: applied.filter((row) => row.kind === "function" && !names.has(row.name)).map((row) => row.name),
    schemas: schemasOf(files),
  };
}

function newMigrations(files: readonly SqlFile[], applied: readonly Applied[], before: Map<string, string>): SqlFile[] {
  const migrations = files.filter((file) => file.kind === "migration");
  const done = applied.filter((row) => row.kind === "migration").map((row) => row.name);
  const names = new Set(migrations.map((file) => file.name));
  const lastKnown = Math.max(0, ...migrations.map((file) => migrationNumber(file.name)));
  for (const name of done) if (!names.has(name)) throw refuseUnknown(name, lastKnown);

  const fresh: SqlFile[] = [];
  const lastDone = Math.max(0, ...done.map(migrationNumber));
  for (const file of migrations) {
    const sha256 = before.get(`migration/${file.name}`);
    if (sha256 === undefined) fresh.push(refuseLate(file, lastDone));
    else if (sha256 !== file.sha256) {
      throw new EngineError("ST820", {
        sentence: `${file.name} was edited after it had been applied to this database.`,
      });
    }
  }
  return fresh;
}

function refuseUnknown(name: string, lastKnown: number): StewardError {
  if (migrationNumber(name) > lastKnown) {
    return new EngineError("ST822", {
      sentence: `The database is newer than this code: it has had ${name} applied.`,
    });
  }
  return new EngineError("ST821", {
    sentence: `${name} was applied to this database and is missing from the code.`,
  });
}

function refuseLate(file: SqlFile, lastDone: number): SqlFile {
  if (migrationNumber(file.name) > lastDone) return file;
  throw new EngineError("ST823", {
    sentence: `${file.name} is new, but a later migration has been applied already.`,
  });
}
