// A line of the log for people at a terminal: time, level, what happened, and then what is known of it.
import { styleText } from "node:util";
import { lineWidth, oneLine, printable, wrap } from "./text.ts";

const COLOURS: Readonly<Record<string, Parameters<typeof styleText>[0]>> = {
  fatal: "red",
  error: "red",
  warn: "yellow",
};
const INDENT = "         ";

const MOST = 10;
const WITHIN_MS = 60_000;

/** Lines as they come, but of those that say the same (of a thousand runs, say) only the first ten within a minute. */
export function createLines(
  showsAll: () => boolean,
  now: () => number = () => performance.now(),
): (json: string) => string {
  let since = now();
  let seen = new Map<string, number>();
  return (json) => {
    if (now() - since > WITHIN_MS) [since, seen] = [now(), new Map()];
    const { level, component, msg, code } = JSON.parse(json) as LogEntry;
    const key = JSON.stringify([level, component, msg, code]);
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    if (times <= MOST || level === "fatal" || showsAll()) return logLine(json);
    const words = `Of lines like the last ones (${oneLine(msg ?? "")}) no more are shown within this minute; LOG_LEVEL=info shows all.`;
    return times === MOST + 1 ? `${wrap(words, INDENT, INDENT, lineWidth(process.stderr))}\n` : "";
  };
}

/** As the serializer of log.ts leaves it. */
interface LoggedError {
  readonly type?: string;
  readonly code?: string | number;
  readonly message?: string;
  readonly stack?: string;
}

/** Of a line of JSON that pino wrote. What others wrote into it is made harmless. */
export function logLine(json: string): string {
  const { time, level, msg = "", pid: _, component, err, error = err, ...rest } = JSON.parse(json) as LogEntry;
  const from = component === undefined ? "" : `${component}: `;
  const fields = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const text = wrap(
    `${time.slice(11, 19)} ${level.padEnd(5)} ${from}${msg} ${fields.join(" ")}`,
    "",
    INDENT,
    lineWidth(process.stderr),
  );
  const colour = COLOURS[level];
  const lines = [
    colour === undefined ? text : text.replace(level, styleText(colour, level, { stream: process.stderr })),
    ...(error === undefined ? [] : errorLines(error)),
  ];
  return `${lines.join("\n")}\n`;
}

interface LogEntry extends Readonly<Record<string, unknown>> {
  readonly time: string;
  readonly level: string;
  readonly msg?: string;
  readonly component?: string;
  readonly err?: unknown;
  readonly error?: unknown;
}

/** An error with a code of ours says enough; one that nobody foresaw says where it came from. */
function errorLines(error: unknown): string[] {
  const { type, code, message, stack } = Object(error) as LoggedError;
  if (/^ST\d{3}$/.test(String(code)) || stack === undefined)
    return [
      wrap(
        `${code ?? type ?? "error"}: ${message ?? JSON.stringify(error)}`,
        INDENT,
        INDENT,
        lineWidth(process.stderr),
      ),
    ];
  return stack.split("\n").map((line) => INDENT + printable(line));
}
