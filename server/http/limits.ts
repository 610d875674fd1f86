// Bounds of the HTTP server itself.

/** Bytes of a request: 10,000 ids fit in. */
export const BODY_LIMIT = 1_048_576;
/** An address may ask so many times as often as one subject: several people may sit behind it. */
export const ADDRESS_FACTOR = 5;
/** Connections to the database. */
export const CONNECTIONS = 10;
/** What a request may take on average of the thread that all share, for who asks as often as they may. */
export const MS_PER_REQUEST = 2.5;
/** However few requests are allowed, so many milliseconds a second are for them. */
export const LEAST_MS_PER_SECOND = 250;
