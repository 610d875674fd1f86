// How Keystone's answers are read: what a 404 really says, and what may be said of an answer in a log.

import type { StewardError } from "steward/errors";
import { z } from "zod";
import { AppError, type AppErrorCode } from "../../errors.ts";
import type { HttpAnswer } from "../http.ts";

/** What Keystone says is not there. */
export type Missing = "project" | "user" | "role" | "role assignment" | "credential";

const MISSING = /^Could not find (project|user|role assignment|role|credential)\b[^:]*: ([^,]+?)\.?(?:,|$)/;

/**
 * What a 404 says is missing, if that is something `asked` for (address and body of the request). Undefined for every other 404: a
 * token whose own project or user is gone or disabled is answered with 404 on all addresses, and so is a wrong address.
 */
export function missingOf(answer: HttpAnswer, asked: string): Missing | undefined {
  const match = MISSING.exec(messageOf(answer));
  const [kind, id] = [match?.[1], match?.[2]];
  if (kind === undefined || id === undefined) return undefined;
  // A credential is named by a hash of its id. A token's own troubles are never about one.
  if (kind !== "credential" && !asked.includes(id)) return undefined;
  return kind as Missing;
}

const ErrorBody = z.object({ error: z.object({ message: z.string() }) });
const LONGEST_MESSAGE = 200;

/** Whether it did what it was asked. A gateway's page, such as one to sign in, comes with 200 too: what is not empty has to be JSON. */
export function isOk({ status, text }: HttpAnswer): boolean {
  return status >= 200 && status < 300 && (text === "" || parseJson(text) !== undefined);
}

/** Keystone's own words; empty if the answer is not in its form. */
export function messageOf(answer: HttpAnswer): string {
  const parsed = ErrorBody.safeParse(parseJson(answer.text));
  return parsed.success ? parsed.data.error.message : "";
}

/** For logs: which request, its answer and Keystone's id of it; its first words, unless they may quote a password. */
export function describe(method: string, path: string, answer: HttpAnswer): Error {
  const message = messageOf(answer).split("\n", 1)[0]?.slice(0, LONGEST_MESSAGE) ?? "";
  const words = /password/i.test(message) ? "(words withheld)" : message;
  const id = answer.headers.get("x-openstack-request-id") ?? "no request id";
  return new Error(`${method} ${path} answered ${answer.status} (${id}) ${words}`.trimEnd());
}

/** The body in the shape it must have. ST605 if it has not. */
export function read<T>(schema: z.ZodType<T>, answer: HttpAnswer): T {
  const parsed = schema.safeParse(parseJson(answer.text));
  if (parsed.success) return parsed.data;
  const id = answer.headers.get("x-openstack-request-id") ?? "no request id";
  const where = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw new AppError("ST605", { cause: new Error(`an answer does not fit at ${where || "its root"} (${id})`) });
}

/** An error of the registry about an answer; the sentence only where it says more than the registry's. */
export function fault(code: AppErrorCode, cause: Error, sentence?: string): StewardError {
  return new AppError(code, sentence === undefined ? { cause } : { cause, sentence });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
