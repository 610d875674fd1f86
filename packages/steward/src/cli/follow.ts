// Looks again and again: redrawn in place on a terminal, told where it has changed otherwise.
import { setTimeout as sleep } from "node:timers/promises";
import { onStop } from "../shutdown.ts";

/** What a command saw, for people and as data. */
export interface Look {
  readonly text: string;
  readonly data: unknown;
}

const EVERY_MS = 1_000;

/** Shows what `look` sees each second, until it is `over` or somebody stops it; resolves to the last. With --json one line for each change. */
export async function follow<L extends Look>(
  json: boolean,
  look: () => Promise<L>,
  over: (seen: L) => boolean,
): Promise<L> {
  const signal = stopped();
  let shown = "";
  for (;;) {
    const seen = await look();
    const text = json ? JSON.stringify(seen.data) : seen.text;
    if (text !== shown) show(json, text);
    shown = text;
    if (over(seen) || signal.aborted) return seen;
    await pause(signal);
  }
}

/** Aborts when somebody stops the command, without a word: what it prints is for others to read. */
export function stopped(): AbortSignal {
  const stopping = new AbortController();
  onStop(1, () => stopping.abort());
  return stopping.signal;
}

/** Waits until it is time to look again, or the signal aborts. */
export async function pause(signal: AbortSignal): Promise<void> {
  await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
}

function show(json: boolean, text: string): void {
  const { stdout } = process;
  if (stdout.isTTY && !json) {
    stdout.cursorTo(0, 0);
    stdout.clearScreenDown();
    // What does not fit would scroll, and the next picture would no longer cover this one.
    stdout.write(
      `${text
        .split("\n")
        .slice(0, stdout.rows - 1)
        .join("\n")}\n`,
    );
  } else stdout.write(json ? `${text}\n` : `${text}\n\n`);
}
