// The asker of each request: noted when their token is verified, looked up when their document runs.
import type { Identity } from "./identity.ts";

export interface Asker {
  readonly identity: Identity;
  /** Finds what they ask in the log: of the request, or of the websocket. */
  readonly requestId: string;
  /** Aborted when the client has gone. Made when it is asked for: most requests never do, and it costs something. */
  readonly signal: () => AbortSignal;
}

/** Of what Grafserv says of a request: whichever it came with. */
interface Carried {
  readonly fastifyv5?: { readonly request: object };
  readonly ws?: { readonly socket: unknown } | null;
}

export interface Askers {
  /** `carrier` is what the document comes with: a Fastify request, or a websocket. */
  remember(carrier: object, asker: Asker): void;
  of(request: Carried): Asker;
}

export function createAskers(): Askers {
  const askers = new WeakMap<object, Asker>();
  return {
    remember: (carrier, asker) => void askers.set(carrier, asker),
    of({ fastifyv5, ws }) {
      const carrier: unknown = fastifyv5?.request ?? ws?.socket;
      const asker = typeof carrier === "object" && carrier !== null ? askers.get(carrier) : undefined;
      if (!asker) throw new Error("a document came without anybody who asks");
      return asker;
    },
  };
}
