// npm run provider -- check NAME [--write]: puts to a cloud of CLOUDS_FILE what nobody has published about it, and prints what it answered,
// without secrets, for whoever develops the adapter. Changes nothing there without --write.
import { parseArgs } from "node:util";
import { explain, tell } from "steward/command";
import { EngineError } from "steward/errors";
import { loadConfigOrExit } from "../server/config.ts";
import { AppError } from "../server/errors.ts";
import { configOf, type ZComputeEntry } from "../server/providers/zcompute/entry.ts";
import { stopOnInterrupt } from "./backfill/stop.ts";
import { checkZCompute } from "./provider/zcompute.ts";

const USAGE = "usage: npm run provider -- check NAME [--write] > FILE";

const { name, write } = readArguments();
const config = configOf(find(name), { maxInFlight: undefined, timeoutMs: undefined });
const stopping = stopOnInterrupt();
try {
  const [region] = config.regions;
  if (region === undefined) throw new EngineError("ST801", { sentence: `The cloud ${name} has no region.` });
  tell("zCompute is experimental: what this prints helps to make it certain.");
  if (write) tell("With --write it makes a project and an account there, and removes them.");
  const { exchanges, left } = await checkZCompute(config, region, { write, signal: stopping, say: tell });
  console.log(JSON.stringify({ kind: "zcompute", wrote: write, exchanges }, null, 2));
  for (const one of left) tell(`could not be removed, remove it by hand: ${one}`);
  process.exitCode = left.length > 0 ? 1 : 0;
} catch (error) {
  process.exitCode = stopping.aborted ? 130 : explainAnswer(error);
}

/** What a step would wait for is the answer here, in the cloud's own words. */
function explainAnswer(error: unknown): number {
  if (!(error instanceof AppError)) return explain(error);
  tell(`steward: ${error.message} ${error.cause instanceof Error ? error.cause.message : ""} (${error.code})`);
  return 1;
}

function find(wanted: string): ZComputeEntry {
  const { clouds } = loadConfigOrExit();
  for (const cloud of clouds) if (cloud.provider === wanted && cloud.kind === "zcompute") return cloud;
  return refuse(`CLOUDS_FILE has no cloud ${wanted} of the kind zcompute; ${USAGE}`);
}

function readArguments(): { name: string; write: boolean } {
  try {
    const options = { write: { type: "boolean", default: false } } as const;
    const { positionals, values } = parseArgs({ options, allowPositionals: true });
    const [command, name] = positionals;
    if (command !== "check" || name === undefined || positionals.length > 2) throw new Error("name the cloud to check");
    return { name, write: values.write };
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message.split(". ")[0] : error}; ${USAGE}`);
  }
}

function refuse(sentence: string): never {
  tell(`steward: ${sentence}`);
  process.exit(2);
}
