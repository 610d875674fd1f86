// Looks again and again: redrawn in place on a terminal, told where it has changed otherwise.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { onStop } from "../shutdown.ts";
import { printLine } from "./output.ts";
import { isScreen, openScreen } from "./screen.ts";

/** What a command saw, for people and as data. */
export interface Look {
  readonly text: string;
  readonly data: unknown;
  /** Where it is the same as before, nothing has changed; without one, text or data say so. */
  readonly key?: string;
}

const EVERY_MS = 1_000;

/** Shows what `look` sees each second, until it is `over` or somebody stops it; resolves to the last. With --json one line for each change. */
export async function follow<L extends Look>(
  json: boolean,
  look: () => Promise<L>,
  over: (seen: L) => boolean,
): Promise<L> {
  const signal = stopped();
  const view = openView(json);
  try {
    for (;;) {
      const seen = await look();
      view.show(seen);
      if (over(seen) || signal.aborted) return seen;
      await pause(signal);
    }
  } finally {
    view.close();
  }
}

interface View {
  show(seen: Look): void;
  close(): void;
}

function openView(json: boolean): View {
  const { stdout } = process;
  if (json || !isScreen(stdout)) return openList(json);
  const screen = openScreen(stdout);
  let last = "";
  return {
    show({ text }) {
      last = text;
      screen.draw(text);
    },
    close() {
      screen.close();
      // The picture goes with its screen; how it stood last stays to be read.
      if (last !== "") stdout.write(`${last}\n`);
    },
  };
}

/** One after the other, where it has changed. */
function openList(json: boolean): View {
  let shown = "";
  return {
    show({ text, data, key = json ? JSON.stringify(data) : text }) {
      if (key === shown) return;
      shown = key;
      if (json) printLine(data);
      else process.stdout.write(`${text}\n\n`);
    },
    close() {},
  };
}

/** Aborts when somebody stops the command, without a word: what it prints is for others to read. */
export function stopped(): AbortSignal {
  const stopping = new AbortController();
  onStop(1, () => stopping.abort());
  return stopping.signal;
}

/** Waits until it is time to look again: after a second, when the terminal got another size, or when the signal aborts. */
export async function pause(signal: AbortSignal): Promise<void> {
  const waiting = new AbortController();
  const either = AbortSignal.any([signal, waiting.signal]);
  await Promise.race([
    sleep(EVERY_MS, undefined, { signal: either }),
    once(process.stdout, "resize", { signal: either }),
  ]).catch(() => undefined);
  waiting.abort();
}
