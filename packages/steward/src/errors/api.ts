// What the API answers to a request that it refuses.
import type { ErrorDefinition } from "./steward-error.ts";

export const API_ERRORS = {
  ST101: {
    sentence: "The access token is missing or not valid.",
    next: "Send Authorization: Bearer and a token that is valid now; on a websocket as connectionParams.authorization.",
    retry: "never",
    http: 401,
  },
  ST102: {
    sentence: "You may not do this.",
    next: "Ask an administrator.",
    retry: "never",
    http: 403,
  },
  ST103: {
    sentence: "Access tokens cannot be verified at the moment.",
    next: "Try again shortly. If it lasts, see whether JWKS_URL can be reached.",
    retry: "later",
    http: 503,
  },
  ST104: {
    sentence: "Too many requests.",
    next: "Wait as long as the header Retry-After says, then go on more slowly; subscribe instead of polling.",
    retry: "wait",
    http: 429,
  },
  ST105: {
    sentence: "The request is too large.",
    next: "Send less at a time.",
    retry: "never",
    http: 413,
  },
  ST106: {
    sentence: "The document asks for too much.",
    next: "Ask for smaller pages, fewer fields at the root, or less depth.",
    retry: "never",
    http: 400,
  },
  ST107: {
    sentence: "A page is too large, or begins too far in.",
    next: "Ask for at most 100 rows at a time, and page with after.",
    retry: "never",
    http: 400,
  },
  ST108: {
    sentence: "Subscriptions need a websocket.",
    next: "Connect with the protocol graphql-transport-ws to the same path.",
    retry: "never",
    http: 400,
  },
  ST109: {
    sentence: "The request is not one that the server understands.",
    next: "Correct the document or its variables as the message says.",
    retry: "never",
    http: 400,
  },
  ST110: {
    sentence: "There is no such thing, or you may not see it.",
    next: "Check the id.",
    retry: "never",
    http: 404,
  },
  ST111: {
    sentence: "The request took too long and was given up.",
    next: "Ask for less at a time; if it keeps happening, tell the operator the request id.",
    retry: "later",
    http: 504,
  },
  ST112: {
    sentence: "Only known documents are answered.",
    next: "Send the id of one of the server's persisted documents.",
    retry: "never",
    http: 400,
  },
  ST113: {
    sentence: "The content type is not one that the server reads.",
    next: "Send application/json.",
    retry: "never",
    http: 415,
  },
  ST114: {
    sentence: "The server is shutting down.",
    next: "Connect again.",
    retry: "later",
    http: 503,
  },
  ST115: {
    sentence: "The request did not come to its end in time.",
    next: "Send it again, all of it at once.",
    retry: "later",
    http: 408,
  },
  ST116: {
    sentence: "The request's first line and headers are too large.",
    next: "Send less in them: 16 KiB in all.",
    retry: "never",
    http: 431,
  },
  ST117: {
    sentence: "Rows of another table stand against this change.",
    next: "Nothing was changed. See to the rows of the table that the message names first.",
    retry: "never",
    http: 409,
  },
  ST199: {
    sentence: "Something went wrong, and it is in the server's log.",
    next: "Tell the operator the request id.",
    retry: "later",
    http: 500,
  },
  ST206: {
    sentence: "This is not a UUID.",
    next: "Send the id as the API gave it.",
    retry: "never",
    http: 400,
  },
  ST208: {
    sentence: "The value is not acceptable.",
    next: "Correct it.",
    retry: "never",
    http: 400,
  },
} as const satisfies Record<string, ErrorDefinition>;
