// Runs one uvu test file and judges it. uvu exits 0 in cases that are failures: an error in `before`, a file without a test.
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

export interface FileResult {
  readonly file: string;
  readonly passed: number;
  /** Failed tests; at least 1 when the file as a whole is not in order. */
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** Why `failed` is not 0. */
  readonly reason: string;
  readonly output: string;
}

/** A file whose tests are done must end by itself; this long it may take to close what it opened. */
const LEAK_SECONDS = 5;

/** Runs the file in a process of its own, ended by force after `limit` seconds. */
export async function runTestFile(file: string, limit: number): Promise<FileResult> {
  const started = performance.now();
  const { output, exit } = await run(file, limit);
  const read = (label: string) => Number(new RegExp(`^  ${label}:\\s+(\\d+)$`, "m").exec(output)?.[1] ?? Number.NaN);
  const [total, passed, skipped] = [read("Total"), read("Passed"), read("Skipped")];
  const reason = judge(total, passed, skipped, exit);
  const counted = Number.isNaN(total) ? 0 : total - passed;
  return {
    file,
    passed: Number.isNaN(passed) ? 0 : passed,
    failed: reason === "" ? 0 : Math.max(1, counted),
    skipped: Number.isNaN(skipped) ? 0 : skipped,
    seconds: (performance.now() - started) / 1000,
    reason,
    output,
  };
}

function judge(total: number, passed: number, skipped: number, exit: string): string {
  if (Number.isNaN(total)) return `no result (${exit})`;
  if (passed !== total) return `${total - passed} of ${total} failed (${exit})`;
  if (total + skipped === 0) return "it holds no test; is .run() missing?";
  return exit === "exit 0" ? "" : exit;
}

async function run(file: string, limit: number): Promise<{ output: string; exit: string }> {
  const child = spawn(process.execPath, [file], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  let output = "";
  let exit = "";
  const end = (why: string) => () => {
    exit ||= why;
    child.kill("SIGKILL");
  };
  const timer = setTimeout(end(`it took longer than ${limit} s`), limit * 1000);
  let leak: NodeJS.Timeout | undefined;
  const collect = (data: Buffer) => {
    output += stripVTControlCharacters(data.toString());
    if (/^ {2}Duration:/m.test(output))
      leak ??= setTimeout(
        end(`it did not end within ${LEAK_SECONDS} s of its last test: something is left open`),
        LEAK_SECONDS * 1000,
      );
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  await new Promise<void>((done) => {
    child.on("exit", (code, signal) => {
      exit ||= code === null ? `ended by ${signal}` : `exit ${code}`;
      // Something the file started may still hold its output open.
      setTimeout(done, 200).unref();
      child.on("close", () => done());
    });
  });
  clearTimeout(timer);
  clearTimeout(leak);
  return { output, exit };
}
