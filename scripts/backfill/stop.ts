// Ctrl-C stops between two portions. npm passes on what the terminal has already sent, so a second signal right after the first is the same one.
const ECHO_MS = 1_000;

/** Aborts at the first signal; one that comes later than its echo ends the process at once, with exit code 130. */
export function stopOnInterrupt(): AbortSignal {
  const stopping = new AbortController();
  let firstAt = 0;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted && performance.now() - firstAt > ECHO_MS) process.exit(130);
      firstAt ||= performance.now();
      stopping.abort();
    });
  }
  return stopping.signal;
}
