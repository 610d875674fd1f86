// What still comes of a request that has been answered already, such as one without a token, or one that is too large: some of it is
// read, for many clients see the answer only when they have sent all; no more, and not for ever.
import type { IncomingMessage } from "node:http";
import { REST_LIMIT, REST_MS } from "./limits.ts";

/** To be called before the answer is sent: Node would read on as fast as it can. */
export function limitRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const { socket } = request;
  let left = REST_LIMIT;
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.pause();
  });
  const patience = setTimeout(() => socket.destroy(), REST_MS);
  request.once("close", () => clearTimeout(patience));
}
