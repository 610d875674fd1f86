// What reaches the log, as a reader of stderr sees it: no secret, whatever was thrown in.
import { spawnSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { createLines, logLine } from "steward/log-line";
import { suite } from "uvu";
import * as assert from "uvu/assert";

/** Runs `body` in a process of its own with `log` in scope, and returns its lines. */
function lines(body: string): Record<string, unknown>[] {
  const module = import.meta.resolve("steward/log");
  const program = `import { log } from ${JSON.stringify(module)}; ${body}`;
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    env: { LOG_LEVEL: "info" },
  });
  return stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const test = suite("log");

test("fields that hold secrets are blanked, one level down too", () => {
  const [line] = lines('log.info({ password: "hunter2", user: { token: "hunter2", name: "ada" } }, "hello")');
  assert.not.match(JSON.stringify(line), "hunter2");
  assert.equal(
    [line?.["level"], line?.["msg"], line?.["user"]],
    ["info", "hello", { token: "[redacted]", name: "ada" }],
  );
});

test("an error keeps its message without the credentials in it, and nothing of its further fields", () => {
  const [line] = lines(`
    const error = new Error("no answer from postgres://owner:hunter2@db/x with Authorization: Bearer hunter2");
    log.error({ err: Object.assign(error, { code: "ST901", detail: "Key (email)=(hunter2)" }) }, "failed")`);
  assert.not.match(JSON.stringify(line), "hunter2");
  const { code, message } = (line?.["err"] ?? {}) as { code?: string; message?: string };
  assert.is(code, "ST901");
  assert.match(message ?? "", /no answer from postgres:\/\/\[redacted\]@db\/x/);
});

test("a cause of text, such as a provider's own words, is in the message", () => {
  const [line] = lines(
    'log.error({ err: new Error("refused", { cause: "Bearer hunter2 is not for you" }) }, "failed")',
  );
  assert.is(((line?.["err"] ?? {}) as { message?: string }).message, "refused: Bearer [redacted] is not for you");
});

test("at a terminal a line is for people: in columns, and without what commands the terminal", () => {
  const entry = {
    level: "error",
    time: "2026-01-31T12:00:00.000Z",
    pid: 1,
    component: "drive",
    msg: "refused \x1b[2J",
    step: "7",
  };
  const err = { type: "Error", code: "ST506", message: "no\u009b", stack: "Error\n  at here" };
  assert.is(
    stripVTControlCharacters(logLine(JSON.stringify({ ...entry, err }))),
    "12:00:00 error drive: refused ?[2J step=7\n         ST506: no?\n",
  );
  assert.match(logLine(JSON.stringify({ ...entry, err: { ...err, code: "EX" } })), "at here");
});

test("at a terminal only the first ten lines that say the same are shown within a minute, unless all are asked for", () => {
  let time = 0;
  let all = false;
  const line = createLines(
    () => all,
    () => time,
  );
  const entry = (step: number, msg: string) =>
    JSON.stringify({ time: "2026-01-31T12:00:00.000Z", level: "error", msg, code: "ST217", step });
  const shown = (count: number, msg: string) =>
    Array.from({ length: count }, (_, at) => line(entry(at, msg))).filter((text) => text !== "");
  const many = shown(1000, "failed");
  assert.is(many.length, 11);
  assert.match(many[10] ?? "", /no more are\s+shown/);
  assert.is(shown(3, "something else").length, 3);
  time = 61_000;
  assert.is(shown(2, "failed").length, 2);
  all = true;
  assert.is(shown(50, "failed").length, 50);
});

test.run();
