// Whether a connection comes from a process of the same person on this machine. Linux says so of connections on the loopback interface.
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";

const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];

/**
 * False where it cannot be found out. Both ends are compared whole: from another loopback address, another person on this machine may use
 * the very port that the browser of this one does.
 */
export function isOfSamePerson({ remoteAddress, remotePort, localAddress, localPort }: Socket): boolean {
  const uid = process.getuid?.();
  if (uid === undefined || !remoteAddress || !localAddress || !isLoopback(remoteAddress)) return false;
  const [theirs, ours] = [writtenAs(remoteAddress, remotePort), writtenAs(localAddress, localPort)];
  return TABLES.flatMap(linesOf).some((line) => {
    // "  0: 0100007F:A2C4 0100007F:162E 01 00000000:00000000 00:00000000 00000000  1000 ..."
    const [, local = "", remote = "", , , , , owner] = line.trim().split(/\s+/);
    return theirs.includes(local) && ours.includes(remote) && Number(owner) === uid;
  });
}

export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[?::1\]?|::ffff:127(\.\d+){3})$/i.test(host);
}

/** One end of a connection in each way that the tables write it: IPv4 is in both, and the bytes of a word are in the order of the processor. */
function writtenAs(address: string, port = 0): readonly string[] {
  const end = `:${hex(port, 4)}`;
  if (address === "::1") return [`${"0".repeat(24)}01000000${end}`];
  const bytes = address
    .replace(/^::ffff:/i, "")
    .split(".")
    .toReversed();
  const word = bytes.map((byte) => hex(Number(byte), 2)).join("");
  return [word + end, `0000000000000000FFFF0000${word}${end}`];
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, "0");
}

function linesOf(table: string): string[] {
  try {
    return readFileSync(table, "utf8").split("\n").slice(1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []; // no Linux, or no IPv6
    throw error;
  }
}
