// The engines of this process, one for each of graphile-worker's pools: how a job finds the engine that is to run its step.
import type { Engine } from "./engine.ts";

const engines = new Map<string, Engine>();

/** Called when a pool starts and, without an engine, when it has stopped. */
export function setEngine(poolId: string, engine: Engine | undefined): void {
  if (engine === undefined) engines.delete(poolId);
  else engines.set(poolId, engine);
}

/** The engine of the pool that locked a job. */
export function engineOf(poolId: string | null): Engine {
  const engine = engines.get(poolId ?? "");
  if (engine === undefined) throw new Error("a job arrived before the engine of its worker had started");
  return engine;
}
