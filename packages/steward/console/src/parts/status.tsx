// A status: a sign and its word; the colour only repeats it.
const SIGNS: Readonly<Record<string, string>> = {
  waiting: "M4 2h8v2L9 8l3 4v2H4v-2l3-4-3-4z",
  pending: "M3 4h10M3 8h10M3 12h10",
  queued: "M3 4h10M3 8h10M3 12h10",
  running: "M8 2a6 6 0 1 1-6 6",
  retrying: "M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3",
  succeeded: "M3 8.5 6.5 12 13 4.5",
  failed: "M4 4l8 8M12 4l-8 8",
  cancelled: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M4 12l8-8",
  suspended: "M5.5 3v10M10.5 3v10",
  stopped: "M9 1 4 9h4l-1 6 5-8H8z",
  unknown: "M5.5 6a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M8 13v.1",
};

export function Sign({ of }: { readonly of: string }) {
  return (
    <svg className="sign" viewBox="0 0 16 16" aria-hidden="true">
      <path d={SIGNS[of] ?? SIGNS["unknown"]} />
    </svg>
  );
}

interface StatusProps {
  readonly value: string;
  /** The state of runs that it resembles, where it is a word of an application. */
  readonly like?: string | undefined;
}

export function Status({ value, like = value }: StatusProps) {
  const known = Object.hasOwn(SIGNS, like) ? like : "unknown";
  return (
    <span className={`status status-${known}`}>
      <Sign of={known} />
      {value}
    </span>
  );
}
