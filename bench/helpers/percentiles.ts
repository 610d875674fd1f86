// What is said of many measured times.

/** The value below which that share of them lies. */
export function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

/** Their p50 and p99, for printing. */
export function percentiles(values: readonly number[]): string {
  return `${at(values, 0.5).toFixed(1)} / ${at(values, 0.99).toFixed(1)}`;
}
