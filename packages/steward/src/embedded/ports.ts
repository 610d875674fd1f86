// Ports on the loopback interface that stay the same over restarts.
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

// Below the range from which kernels take the ports of outgoing connections (32768 on Linux): those could sit on a port of
// ours while we are down, and clients that wait for us would then wait for nothing.
const LOWEST = 20_000;
const HIGHEST = 32_000;
const PATIENCE_MS = 3_000;

/** `preferred` if it is free or becomes so within 3 s, else another free port. */
export async function choosePort(preferred: number | undefined): Promise<number> {
  const deadline = Date.now() + PATIENCE_MS;
  while (preferred !== undefined && Date.now() < deadline) {
    if (await isFree(preferred)) return preferred;
    await sleep(50);
  }
  for (;;) {
    const candidate = randomInt(LOWEST, HIGHEST);
    if (await isFree(candidate)) return candidate;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
