// Bounds of the HTTP server itself.

/** Bytes of a request: 10,000 ids fit in. */
export const BODY_LIMIT = 1_048_576;
/** An address may ask so many times as often as one subject: several people may sit behind it. A websocket likewise sends as many frames. */
export const ADDRESS_FACTOR = 5;
/** Connections to the database for requests; probes have one of their own. */
export const CONNECTIONS = 10;
/** What a request may take on average of the thread that all share, for who asks as often as they may. */
export const MS_PER_REQUEST = 2.5;
/** However few requests are allowed, so many milliseconds a second are for them. */
export const LEAST_MS_PER_SECOND = 250;
/** An answer to a probe may be so old. */
export const PROBE_CACHE_MS = 1_000;

/** Connections of clients that wait: without a token, sending, or idle. */
export const MOST_WAITING = 10_000;
/** The same of one client's network. */
export const MOST_WAITING_OF_NETWORK = 1_000;
/** What a connection that floods us costs its network, in connections that it may open. */
export const COST_OF_ABUSE = 100;
/** Requests that a connection may send before the first is answered. */
export const MOST_PIPELINED = 5;
/** All connections. */
export const MOST_CONNECTIONS = 50_000;
/** Requests that one subject may have under way. */
export const MOST_REQUESTS = 100;

/** How long an answer is held back for a change at most; shorter than the silence that closes a connection. */
export const LONGEST_WAIT_S = 30;
/** Answers that are held back for one subject. */
export const MOST_LONG_POLLS = 20;

/** How long a client may take for a request's headers, and for all of it. */
export const HEADERS_MS = 10_000;
export const REQUEST_MS = 30_000;
/** A connection over which nothing comes or goes for so long is closed, also when the client does not read its answer. */
export const SILENCE_MS = 60_000;
/** An idle connection is kept for longer than proxies keep theirs, or they would send into one that closes. */
export const KEEP_ALIVE_MS = 72_000;
/** How long a stop waits for clients that still send. */
export const STOP_MS = 2_000;
/** How long the rest of a body that nobody will read may take, so that the client gets to its answer. */
export const REST_MS = 2_000;
/** How much of it is read and thrown away. */
export const REST_LIMIT = 4 * BODY_LIMIT;
