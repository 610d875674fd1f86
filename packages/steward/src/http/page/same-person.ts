// Whether a connection comes from a process of the same person on this machine. Linux says so of connections on the loopback interface.
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";

const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];

/** False where it cannot be found out. */
export function isOfSamePerson({ remoteAddress, remotePort, localPort }: Socket): boolean {
  const uid = process.getuid?.();
  if (uid === undefined || !remoteAddress || !isLoopback(remoteAddress)) return false;
  const [theirs, ours] = [hexPort(remotePort), hexPort(localPort)];
  return TABLES.flatMap(linesOf).some((line) => {
    // "  0: 0100007F:A2C4 0100007F:162E 01 00000000:00000000 00:00000000 00000000  1000 ..."
    const [, local, remote, , , , , owner] = line.trim().split(/\s+/);
    return local?.endsWith(`:${theirs}`) && remote?.endsWith(`:${ours}`) && Number(owner) === uid;
  });
}

export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[?::1\]?|::ffff:127(\.\d+){3})$/i.test(host);
}

function hexPort(port: number | undefined): string {
  return (port ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

function linesOf(table: string): string[] {
  try {
    return readFileSync(table, "utf8").split("\n").slice(1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []; // no Linux, or no IPv6
    throw error;
  }
}
