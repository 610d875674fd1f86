// How far a run is: a bar and the numbers.
import type { Progress } from "../api/documents.ts";
import { number } from "./format.ts";

export function ProgressBar({ of, name }: { readonly of: Progress | null; readonly name: string }) {
  if (!of?.total) return null;
  const done = of.done ?? 0;
  return (
    <span className="progress">
      <progress max={100} value={of.percent ?? 0} aria-label={`Progress of ${name}`} />
      <span>
        {number(done)}/{number(of.total)}
        {(of.failed ?? 0) > 0 && <span className="bad">, {number(of.failed ?? 0)} failed</span>}
      </span>
    </span>
  );
}
