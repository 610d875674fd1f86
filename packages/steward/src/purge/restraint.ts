// How much a gentle purge holds back, learnt from what others feel: right after a batch, and after a rest.

/** What a session feels at a moment. */
export interface Felt {
  /** How long a small transaction took to be safe on disk, in ms. */
  readonly commitMs: number;
  /** Sessions that waited for a lock or for the log. */
  readonly waiting: number;
}

export interface Restraint {
  /** Felt after a rest: what is usual. */
  noteUsual(felt: Felt): void;
  /** Felt right after a batch: how much more than usual is this? */
  noteAfterBatch(felt: Felt): void;
  /** Of so many rows, how many the next batch may take. */
  most(rows: number): number;
  /** How long to rest, in ms. */
  restMs(): number;
}

/** Others may feel so many times what is usual. */
const BEARABLE = 1.5;
/** A single commit may be slow by chance: what is usual is the middle of so many. */
const REMEMBERED = 41;
const REST_MS = { min: 10, max: 1_000 };
const SHARE = { min: 1 / 16, max: 1 };
const LEAST_ROWS = 100;

/** Halves the batches as long as others feel them, then doubles the rests; goes back in small steps. */
export function createRestraint(): Restraint {
  const commits: number[] = [];
  const waiters: number[] = [];
  let share: number = SHARE.max;
  let restMs: number = REST_MS.min;

  const isFelt = ({ commitMs, waiting }: Felt) =>
    commitMs > BEARABLE * middle(commits) || waiting > BEARABLE * middle(waiters) + 1;
  const holdBack = () => {
    if (share > SHARE.min) share = Math.max(SHARE.min, share / 2);
    else restMs = Math.min(REST_MS.max, restMs * 2);
  };
  const goOn = () => {
    if (restMs > REST_MS.min) restMs = Math.max(REST_MS.min, restMs * 0.8);
    else share = Math.min(SHARE.max, share * 1.2);
  };

  return {
    noteUsual({ commitMs, waiting }) {
      remember(commits, commitMs);
      remember(waiters, waiting);
    },
    noteAfterBatch: (felt) => (isFelt(felt) ? holdBack() : goOn()),
    most: (rows) => Math.max(Math.min(rows, LEAST_ROWS), Math.floor(rows * share)),
    restMs: () => restMs,
  };
}

function remember(values: number[], value: number): void {
  values.push(value);
  if (values.length > REMEMBERED) values.shift();
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
