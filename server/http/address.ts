// Who asks, as an address.
import type { IncomingMessage } from "node:http";

/** The client's address: the one that the outermost trusted proxy saw. What lies beyond it in X-Forwarded-For is the client's own word. */
export function addressOf({ socket, headers }: Pick<IncomingMessage, "socket" | "headers">, proxies: number): string {
  const forwarded = String(headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  const seen = [...forwarded, socket.remoteAddress ?? ""];
  return seen.at(-1 - proxies) ?? String(seen[0]);
}
