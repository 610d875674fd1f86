// What libraries and Node itself print goes into the log of a process that serves, where every line is JSON.
import { format } from "node:util";
import { log, scrub } from "./log.ts";

const LEVELS = { error: "error", warn: "warn", info: "info", log: "info", debug: "debug", trace: "debug" } as const;

/** From now on, for the whole process. An error that nobody caught is logged too, and ends it. */
export function logConsole(): void {
  const printed = log.child({ component: "console" });
  for (const [name, level] of Object.entries(LEVELS)) {
    console[name as keyof typeof LEVELS] = (...words: unknown[]) => printed[level](scrub(format(...words)));
  }
  process.removeAllListeners("warning");
  process.on("warning", (err) => printed.warn({ err }, "a warning of Node"));
  process.on("uncaughtException", (err) => {
    log.fatal({ err }, "an error that nobody caught ends the process");
    process.exit(1);
  });
}
