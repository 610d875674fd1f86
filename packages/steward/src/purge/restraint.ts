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
/** A single commit may be slow by chance: what counts is the middle of so many. */
const REMEMBERED = { usual: 41, afterBatches: 11 };
/** Smaller batches and longer rests would not be felt less, and a purge must come to its end on a machine whose disk is never quiet. */
const REST_MS = { min: 10, max: 100 };
const SHARE = { min: 1 / 4, max: 1 };
const LEAST_ROWS = 100;

/** Halves the batches as long as others feel them, then doubles the rests; goes back in small steps. */
export function createRestraint(): Restraint {
  const usual = createMemory(REMEMBERED.usual);
  const afterBatches = createMemory(REMEMBERED.afterBatches);
  let share: number = SHARE.max;
  let restMs: number = REST_MS.min;

  const isFelt = () =>
    afterBatches.commitMs() > BEARABLE * usual.commitMs() || afterBatches.waiting() > BEARABLE * usual.waiting() + 1;
  const holdBack = () => {
    if (share > SHARE.min) share = Math.max(SHARE.min, share / 2);
    else restMs = Math.min(REST_MS.max, restMs * 2);
  };
  const goOn = () => {
    if (restMs > REST_MS.min) restMs = Math.max(REST_MS.min, restMs * 0.8);
    else share = Math.min(SHARE.max, share * 1.2);
  };

  return {
    noteUsual: usual.note,
    noteAfterBatch(felt) {
      afterBatches.note(felt);
      if (isFelt()) holdBack();
      else goOn();
    },
    most: (rows) => Math.max(Math.min(rows, LEAST_ROWS), Math.floor(rows * share)),
    restMs: () => restMs,
  };
}

/** The last so many looks. */
function createMemory(size: number) {
  const looks: Felt[] = [];
  return {
    note(felt: Felt): void {
      looks.push(felt);
      if (looks.length > size) looks.shift();
    },
    commitMs: () => middle(looks.map(({ commitMs }) => commitMs)),
    waiting: () => middle(looks.map(({ waiting }) => waiting)),
  };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
