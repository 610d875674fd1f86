// graphile-worker's own schema, which its library migrates: the version that is wanted, and the schema's name.
import { readFile } from "node:fs/promises";
import { EngineError } from "../errors/index.ts";
import type { Applied } from "./applied.ts";

const NAME = "graphile-worker";
/** What graphile-worker itself assumes. */
export const QUEUE_SCHEMA = "graphile_worker";

/** The comment of a schema of graphile-worker's that we made: uninstalling takes it along, and no other. */
export const QUEUE_MARK = "graphile-worker's queue, made by Steward.";

export interface Library {
  readonly schema: string;
  /** How the ledger notes it. */
  readonly applied: Applied;
}

/** graphile-worker keeps its own list of migrations; asking it costs a pool, so a new version of it is what makes us ask. */
export async function queueLibrary(schema: string): Promise<Library> {
  const file = new URL("../package.json", import.meta.resolve(NAME));
  const { version } = JSON.parse(await readFile(file, "utf8")) as { version: string };
  return { schema, applied: { kind: "library", name: NAME, sha256: `${version} in ${schema}` } };
}

/** The schema that the ledger says the queue is in; undefined where nothing was applied yet. */
export function noted(applied: readonly Applied[]): string | undefined {
  return applied.find(({ kind, name }) => kind === "library" && name === NAME)?.sha256.split(" in ")[1];
}

/** ST835 when the engine's views and functions speak of another schema than the one that is wanted now. */
export function refuseOtherQueue(applied: readonly Applied[], { schema }: Library): void {
  const present = noted(applied);
  if (present === undefined || present === schema) return;
  throw new EngineError("ST835", {
    sentence: `The queue of this database is in the schema ${present}, not in ${schema}.`,
  });
}
