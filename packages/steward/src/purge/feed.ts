// Hands the purge its pieces, gathering the next ones in the pauses between batches.
import type { Pieces } from "./gather.ts";
import { type Piece, sizeOf } from "./pieces.ts";

/** Pieces ready for when the pause is over. */
const AHEAD = 2;
/** An open snapshot keeps vacuum from its work in the whole database: after so long, in ms, gathering goes before deleting. */
const HURRY_AFTER_MS = 2_000;
const HURRY_MS = 100;
/** Rows handed out later than this many are not gathered yet: addresses take memory. */
const MAX_WAITING = 2_000_000;

export interface Feed {
  /** The next piece; undefined when there is none. */
  take(): Promise<Piece | undefined>;
  /** What is left of a piece comes next. */
  first(piece: Piece): void;
  /** A piece that cannot be deleted now comes last. */
  last(piece: Piece): void;
  /** Gathers a little ahead; for the pauses. */
  advance(): Promise<void>;
  /** How many rows the snapshot showed; undefined until all pieces are gathered. */
  rows(): number | undefined;
  /** Ends the snapshot if it is still open. */
  close(): Promise<void>;
}

export function createFeed(pieces: Pieces): Feed {
  const begun = performance.now();
  const queue: Piece[] = [];
  let gathered = 0;
  let isComplete = false;

  const gatherOne = async () => {
    const { value, done } = await pieces.next();
    if (done) isComplete = true;
    else queue.push(value);
    gathered += value === undefined ? 0 : sizeOf(value);
  };
  const waiting = () => queue.reduce((sum, piece) => sum + (piece.kind === "list" ? sizeOf(piece) : 0), 0);

  return {
    async take() {
      if (queue.length === 0 && !isComplete) await gatherOne();
      return queue.shift();
    },
    first: (piece) => void queue.unshift(piece),
    last: (piece) => void queue.push(piece),
    async advance() {
      const isHurried = performance.now() - begun > HURRY_AFTER_MS && waiting() < MAX_WAITING;
      const until = performance.now() + HURRY_MS;
      const wantsMore = () => queue.length < AHEAD || (isHurried && performance.now() < until);
      while (!isComplete && wantsMore()) await gatherOne();
    },
    rows: () => (isComplete ? gathered : undefined),
    async close() {
      await pieces.return();
    },
  };
}
