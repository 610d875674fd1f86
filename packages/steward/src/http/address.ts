// The address that a request comes from.
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";

/** The client's address: the one that the outermost trusted proxy saw. What lies beyond it in X-Forwarded-For is the client's own word. */
export function addressOf({ socket, headers }: Pick<IncomingMessage, "socket" | "headers">, proxies: number): string {
  if (proxies === 0) return socket.remoteAddress ?? "";
  const forwarded = String(headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  const seen = [...forwarded, socket.remoteAddress ?? ""];
  return seen.at(-1 - proxies) ?? String(seen[0]);
}

/** The part of an address that belongs to one client: all of an IPv4 address; of an IPv6 address the first half, because the client chooses the second. */
export function networkOf(address: string): string {
  const [host = ""] = address.split("%");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1];
  if (mapped !== undefined || !isIPv6(host)) return mapped ?? address;
  const [head = "", tail] = host.split("::");
  const [first, last] = [groupsOf(head), groupsOf(tail ?? "")];
  const zeros = Array.from({ length: Math.max(8 - first.length - last.length, 0) }, () => "0");
  return [...first, ...zeros, ...last].slice(0, 4).join(":");
}

function groupsOf(part: string): string[] {
  return part === "" ? [] : part.split(":").map((group) => group.replace(/^0+(?=.)/, "").toLowerCase());
}
