// What a measurement found, told to the command that runs it, which writes it into bench/README.md; and how large it is to be.

export interface Figure {
  /** What was measured, as the table says it. */
  readonly what: string;
  readonly unit: string;
  /** One of each round. */
  readonly rounds: readonly number[];
  /** The goal, one or the other. */
  readonly atMost?: number;
  readonly atLeast?: number;
  /** What it is made of. */
  readonly detail?: string;
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** By name, the points of each line in the order of x. */
  readonly lines: Readonly<Record<string, readonly (readonly [x: number, y: number])[]>>;
}

/** A part of a measurement is written down by itself, so that it can be measured by itself. */
export type Finding = { readonly part?: string } & ({ readonly figure: Figure } | { readonly plot: Plot });

/** A size for figures, or for seeing in a moment whether the measurement works at all. */
export function size(full: number, quick: number): number {
  return process.env.BENCH_QUICK === "1" ? quick : full;
}

/** To be awaited: a process may end before it has told. */
export async function tell(finding: Finding): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(finding, undefined, undefined, () => resolve());
  });
}
