// The log of every process: JSON lines on stderr (stdout belongs to the results of commands), with secrets blanked out. People at a
// terminal get lines to read instead.
import { writeSync } from "node:fs";
import { type Logger as PinoLogger, pino, stdSerializers } from "pino";

import { createLines } from "./log-line.ts";

export type Log = PinoLogger;

const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
const SECRET_FIELDS = ["password", "token", "secret", "authorization", "cookie", "credential", "encryptionKey"];
const CREDENTIALS_IN_URL = /\/\/[^/\s:@]*:[^/\s@]*@/g;
const BEARER = /\b(Bearer|Basic) [\w\-.~+/]+=*/gi;

/** Blanks credentials inside free text: `//login:password@host` and authorization headers. */
export function scrub(text: string): string {
  return text.replace(CREDENTIALS_IN_URL, "//[redacted]@").replace(BEARER, "$1 [redacted]");
}

function serializeError(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { type, message, stack, code } = stdSerializers.err(value) as ReturnType<typeof stdSerializers.err> & {
    code?: unknown;
  };
  // What a provider said is a cause of text, which the serializer passes over.
  const words = typeof value.cause === "string" ? `: ${value.cause}` : "";
  // Only these: errors of pg carry the failing row and the statement's values in further fields.
  return { type, code, message: scrub(message + words), stack: scrub(stack) };
}

function levelFromEnvironment(): string {
  const wanted = process.env["LOG_LEVEL"]?.trim() ?? "";
  // A wrong level is reported by loadConfig in a clear line; here it must not throw before that.
  return LEVELS.some((level) => level === wanted) ? wanted : "info";
}

/** For processes that people start to see a result: only what is amiss is logged, unless LOG_LEVEL says otherwise (false). */
export function logLittle(): boolean {
  if (process.env["LOG_LEVEL"]?.trim()) return false;
  log.level = "warn";
  return true;
}

const toLines = createLines(() => Boolean(process.env["LOG_LEVEL"]?.trim()));

/** The root logger; use `log.child({ component: "..." })` for a part of the system. */
export const log: Log = pino(
  {
    level: levelFromEnvironment(),
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: serializeError, error: serializeError },
    redact: {
      paths: [...SECRET_FIELDS, ...SECRET_FIELDS.map((field) => `*.${field}`), "*.headers.authorization"],
      censor: "[redacted]",
    },
  },
  process.stderr.isTTY
    ? { write: (line: string) => writeSync(2, toLines(line)) }
    : pino.destination({ fd: 2, sync: true }),
);
