// The description of the status API, for those who make clients out of one.
import { VERSION } from "../../version.ts";
import { LONGEST_WAIT_S } from "../limits.ts";

const text = (description: string) => ({ type: "string", description });
const textOrNull = (description: string) => ({ type: ["string", "null"], description });
const timeOrNull = (description: string) => ({ type: ["string", "null"], format: "date-time", description });
const time = (description: string) => ({ type: "string", format: "date-time", description });
const count = (description: string) => ({ type: "integer", description });
/** All of its properties are always there. */
const whole = (properties: Readonly<Record<string, object>>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
});
const answer = (description: string, schema: string, headers?: object) => ({
  description,
  ...(headers && { headers }),
  content: { "application/json": { schema: { $ref: `#/components/schemas/${schema}` } } },
});

const RUN = {
  id: { type: "string", format: "uuid", description: "Identifies the run." },
  kind: text("The lifecycle."),
  subjectTable: text("The table of the row that it is about, as schema.table."),
  subjectId: text("The key of that row, as text; of several columns, a JSON array of them."),
  ownerId: textOrNull("Who may see it: one reader."),
  scopeId: textOrNull("A group whose members may see it."),
  status: {
    type: "string",
    enum: ["pending", "running", "succeeded", "failed", "suspended", "cancelled"],
    description: "Where it stands.",
  },
  progress: whole({
    done: count("Steps that succeeded."),
    total: count("Steps in all, as far as known now."),
    failed: count("Steps that failed for good or were cancelled."),
    percent: { type: "number", description: "0 to 100; counts the work within running steps too." },
  }),
  errorCode: textOrNull("Why it failed: a code."),
  errorMessage: textOrNull("The same as a sentence."),
  createdAt: time("When it was made."),
  startedAt: timeOrNull("When its first step began."),
  finishedAt: timeOrNull("When it ended."),
  estimatedCompletion: timeOrNull("When it will probably have ended. Moves all the time, and makes no new entity tag."),
};

const STEP = whole({
  id: text("Identifies the step."),
  name: text("Its name in the lifecycle."),
  item: textOrNull("In a batch: what this step is for."),
  lane: text("What it runs against."),
  status: {
    type: "string",
    enum: ["waiting", "queued", "running", "retrying", "succeeded", "failed", "cancelled"],
    description: "Where it stands.",
  },
  attempts: count("Attempts since it last got further."),
  readyAt: time("When it may begin."),
  done: count("What it has done within itself, such as rows deleted."),
  total: { type: ["integer", "null"], description: "Of how many." },
  errorCode: textOrNull("Why its last attempt did not succeed: a code."),
  errorMessage: textOrNull("The same as a sentence."),
  startedAt: timeOrNull("When its first attempt began."),
  finishedAt: timeOrNull("When it ended."),
});

const PARAMETERS = [
  {
    name: "If-None-Match",
    in: "header",
    schema: { type: "string" },
    description: "The entity tag of the state that you know: 304 as long as it is so.",
  },
  {
    name: "Prefer",
    in: "header",
    schema: { type: "string" },
    example: `wait=${LONGEST_WAIT_S}`,
    description: `wait=SECONDS (RFC 7240) together with If-None-Match: the answer comes when the state is another one, or as 304 after so many seconds, ${LONGEST_WAIT_S} at most.`,
  },
];
const ETAG = { ETag: { schema: { type: "string" }, description: "Names this state." } };
const REFUSALS = {
  304: { description: "The state is still the one of If-None-Match." },
  400: answer("An id or subject that cannot be one.", "Problem"),
  401: answer("No valid token.", "Problem"),
  429: answer("Too many requests, or too many that wait; see Retry-After.", "Problem"),
  503: answer("The database cannot be reached, or the server is shutting down.", "Problem"),
};

export const OPENAPI = {
  openapi: "3.1.0",
  info: {
    title: "Steward: status of runs",
    version: VERSION,
    description:
      "What follows to a row that was inserted or deleted, for those who wait for it. All else is in GraphQL, at /graphql.",
  },
  security: [{ token: [] }],
  paths: {
    "/runs/{id}": {
      get: {
        operationId: "getRun",
        summary: "A run, with its first hundred steps",
        parameters: [
          {
            name: "id",
            in: "path",
            required: true,
            schema: { type: "string", format: "uuid" },
            description: "Which run.",
          },
          ...PARAMETERS,
        ],
        responses: {
          200: answer("The run.", "RunWithSteps", ETAG),
          ...REFUSALS,
          404: answer("There is no such run, or you may not see it.", "Problem"),
        },
      },
    },
    "/runs": {
      get: {
        operationId: "getRunsOfSubject",
        summary: "The latest 20 runs of a row, the newest first",
        parameters: [
          {
            name: "subject",
            in: "query",
            required: true,
            schema: { type: "string" },
            example: "public.orders/42",
            description: "The row, as TABLE/KEY.",
          },
          ...PARAMETERS,
        ],
        responses: { 200: answer("The runs that you may see; maybe none.", "Runs", ETAG), ...REFUSALS },
      },
    },
  },
  components: {
    securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    schemas: {
      Run: whole(RUN),
      RunWithSteps: whole({
        ...RUN,
        steps: {
          type: "array",
          items: { $ref: "#/components/schemas/Step" },
          description: "In the order in which they were made.",
        },
        hasMoreSteps: { type: "boolean", description: "There are more than a hundred: the others are left out." },
      }),
      Runs: whole({ runs: { type: "array", items: { $ref: "#/components/schemas/Run" } } }),
      Step: STEP,
      Problem: whole({
        errors: {
          type: "array",
          items: whole({
            message: text("A sentence."),
            extensions: {
              type: "object",
              properties: {
                code: text("A code of docs/errors.md."),
                next: text("What to do."),
                field: text("Which input is wrong."),
                retryAfterMs: count("When to come again, in milliseconds."),
                requestId: text("Finds the request in the server's log."),
              },
              required: ["code", "next"],
            },
          }),
        },
      }),
    },
  },
};
