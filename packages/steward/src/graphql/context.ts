// What plans can ask of a request.
import type { Identity } from "../http/identity.ts";
import type { Changes } from "./live/changes.ts";
import type { Live } from "./live/stream.ts";
import type { Wakeups } from "./live/wakeups.ts";

/** What all requests of a server share. */
export interface Shared {
  readonly wakeups: Wakeups;
  readonly live: Live;
  readonly changes: Changes;
}

declare global {
  namespace Grafast {
    interface Context extends Shared {
      identity: Identity;
      /** Finds the request in the log. */
      requestId: string;
      /** Aborted when the client has gone. */
      signal: () => AbortSignal;
    }
  }
}
