// Keystone's answers: how it puts success and each refusal into words, taken down from a real one (release 22).

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
};

/** Thrown by whoever handles a request; becomes the answer. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`HTTP ${answer.status}`);
    this.name = "Refusal";
    this.answer = answer;
  }
}

function refuse(code: number, message: string, headers?: Readonly<Record<string, string>>): Refusal {
  const body = { error: { code, message, title: TITLES[code] } };
  return new Refusal(headers === undefined ? { status: code, body } : { status: code, body, headers });
}

const MALFORMED =
  "The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.";

export const badRequest = (message: string): Refusal => refuse(400, message);
export const malformed = (expected: string): Refusal => badRequest(`Expecting to find ${expected}. ${MALFORMED}`);
export const notFound = (kind: string, id: string): Refusal => refuse(404, `Could not find ${kind}: ${id}.`);
export const conflict = (message: string): Refusal => refuse(409, message);
export const forbidden = (action: string): Refusal =>
  refuse(403, `You are not authorized to perform the requested action: ${action}.`);

/** One answer for a wrong password, an unknown or disabled user, a disabled project, and every token it no longer takes. */
export const unauthorized = (): Refusal =>
  refuse(401, "The request you have made requires authentication.", { "www-authenticate": 'Keystone uri="/v3"' });

/** A token of a project that was disabled since: 404 on every address, which says nothing about what was asked for. */
export const tokenOfDisabledProject = (projectId: string): Refusal =>
  refuse(404, `Unable to validate token because project ${projectId} is disabled`);

/** What the web framework says of an address that does not exist; not in Keystone's own form. */
export const noSuchAddress = (): Refusal =>
  new Refusal({
    status: 404,
    body: "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n",
    headers: { "content-type": "text/html; charset=utf-8" },
  });

export const wrongMethod = (): Refusal =>
  new Refusal({ status: 405, body: { message: "The method is not allowed for the requested URL." } });

export const NO_CONTENT: Answer = { status: 204 };

/** A list under its own name, as Keystone wraps them. */
export function list(name: string, rows: readonly unknown[], self: string): Answer {
  return { status: 200, body: { [name]: rows, links: { next: null, self, previous: null } } };
}
