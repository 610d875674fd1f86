// How zCompute's answers are read. Three forms of refusal and two of a list have been seen by others; what else there is nobody says.

import { EngineError, type StewardError } from "steward/errors";
import { log } from "steward/log";
import { z } from "zod";
import { AppError, type AppErrorCode } from "../../errors.ts";
import type { HttpAnswer } from "../http.ts";

const Words = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ description: z.string() }).transform(({ description }) => description),
  z.object({ message: z.string() }).transform(({ message }) => message),
]);
const LONGEST_MESSAGE = 200;

/** Its own words; empty if the answer is in none of its forms. */
export function messageOf(answer: HttpAnswer): string {
  const parsed = Words.safeParse(parseJson(answer.text));
  return parsed.success ? parsed.data : "";
}

/** For logs: which request, its answer and its first words, unless they may quote a password or another secret. */
export function describe(method: string, path: string, answer: HttpAnswer): Error {
  const message = messageOf(answer).split("\n", 1)[0]?.slice(0, LONGEST_MESSAGE) ?? "";
  const words = /password|secret/i.test(message) ? "(words withheld)" : message;
  return new Error(`${method} ${path} answered ${answer.status} ${words}`.trimEnd());
}

/** The body in the shape it must have. ST605 if it has not. */
export function read<T>(schema: z.ZodType<T>, answer: HttpAnswer): T {
  const parsed = schema.safeParse(parseJson(answer.text));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw fault("ST605", new Error(`an answer does not fit at ${where || "its root"}`));
}

/** The rows of a list, which comes bare or under its name. */
export function readList<T>(name: string, row: z.ZodType<T>, answer: HttpAnswer): T[] {
  const rows = z.array(row);
  return read(z.union([rows, z.object({ [name]: rows }).transform((wrapped) => wrapped[name] ?? [])]), answer);
}

/** An error of the registry about an answer; the sentence only where it says more than the registry's. */
export function fault(code: AppErrorCode, cause: Error, sentence?: string): StewardError {
  return new AppError(code, sentence === undefined ? { cause } : { cause, sentence });
}

/** What the configuration does not allow, and a person can do instead. */
export function notAllowed(what: string): StewardError {
  return new AppError("ST630", { sentence: `Steward is not set up to ${what} at this cloud provider.` });
}

/** For a name that is refused although nobody is listed with it: after a removal it stays taken for some minutes. */
export function nameIsHeld(cause: Error): StewardError {
  const sentence = "The cloud provider still holds the name of something that was removed.";
  return new EngineError("ST407", { cause, sentence, retryAfterMs: 60_000 });
}

/** Access there takes a policy besides the role, and Steward knows no way to attach one. */
export function tellOfPolicies(account: string): void {
  log.info(
    { account },
    "zCompute: the policies of this account are not managed; whether they allow anything is to be seen there",
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
