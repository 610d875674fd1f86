// How a process of ours ends: the first signal asks it to stop in order, a second one ends it at once. The end of the npm
// that started it counts as a signal too: npm passes SIGTERM and SIGINT on, but not SIGHUP, and not that it was killed.
import { log } from "./log.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** npm passes on the Ctrl-C that the terminal has already sent to everybody: the same signal right after the first is its echo. */
const ECHO_MS = 500;
const LOOK_MS = 500;
/** The process id of npm, set by the scripts of package.json. */
const STARTED_BY = "STEWARD_STARTED_BY";

/** Aborts at the first signal to stop. At the second the process exits with 1. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  onStop(1, (reason) => {
    log.info({ reason }, "stopping");
    stopping.abort();
  });
  return stopping.signal;
}

/** Calls `stop` at the first signal, or when the npm that started this process is gone. A second signal ends the process with `exitCode`. */
export function onStop(exitCode: number, stop: (reason: string) => void): void {
  let first: { readonly reason: string; readonly at: number } | undefined;
  const take = (reason: string) => {
    if (first === undefined) {
      first = { reason, at: performance.now() };
      return stop(reason);
    }
    const isEcho = reason === first.reason && performance.now() - first.at < ECHO_MS;
    if (!isEcho) process.exit(exitCode);
  };
  for (const signal of SIGNALS) process.on(signal, take);
  whenStarterGone(() => {
    if (first === undefined) take("npm, which started this process, is gone");
  });
}

function whenStarterGone(act: () => void): void {
  const starter = process.env[STARTED_BY];
  // It is this process's own: children that inherit it would take themselves for abandoned.
  delete process.env[STARTED_BY];
  if (starter === undefined) return;
  const timer = setInterval(() => {
    if (process.ppid === Number(starter)) return;
    clearInterval(timer);
    act();
  }, LOOK_MS);
  timer.unref();
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
