// A request to the embedded cloud, as its routes get it.

/** One request, read and taken apart. */
export interface Call {
  readonly method: string;
  /** Without the leading `/v3` and the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | undefined;
  readonly subjectToken: string | undefined;
  readonly body: unknown;
  /** Its own address, for `links`. */
  readonly url: string;
}
