// A list page by page: what stands there while it loads, when it is empty and when it fails, and turning by its cursors.
import { type ReactNode, useState } from "react";
import type { Page } from "../api/documents.ts";
import type { Read } from "../api/use-live.ts";
import { ProblemNote } from "./problem-note.tsx";

/** Where one is in a list: the cursors of the pages before, the last of which this page follows. */
export interface Place {
  readonly after: string | null;
  readonly cursors: readonly string[];
  turn(cursors: readonly string[]): void;
}

export function usePlace(): Place {
  const [cursors, turn] = useState<readonly string[]>([]);
  return { after: cursors.at(-1) ?? null, cursors, turn };
}

interface ListProps<Row> {
  readonly read: Pick<Read<unknown>, "error" | "isLoading">;
  readonly page: Page<Row> | undefined;
  readonly place: Place;
  /** A sentence for when there is nothing. */
  readonly empty: ReactNode;
  readonly children: (rows: readonly Row[]) => ReactNode;
}

export function List<Row>({ read: { error, isLoading }, page, place, empty, children }: ListProps<Row>) {
  return (
    <>
      <ProblemNote error={error} />
      {isLoading && <p role="status">Loading…</p>}
      {page?.nodes.length === 0 && <p className="empty">{empty}</p>}
      {page && page.nodes.length > 0 && children(page.nodes)}
      <Pages place={place} page={page} />
    </>
  );
}

interface PagesProps {
  readonly place: Place;
  readonly page: { readonly pageInfo: Page<unknown>["pageInfo"] } | undefined;
}

export function Pages({ place: { cursors, turn }, page }: PagesProps) {
  const next = page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  if (cursors.length === 0 && next === null) return null;
  return (
    <nav className="pages" aria-label="Pages">
      {cursors.length > 0 && (
        <button type="button" onClick={() => turn(cursors.slice(0, -1))}>
          Back
        </button>
      )}
      {next !== null && (
        <button type="button" onClick={() => turn([...cursors, next])}>
          Further
        </button>
      )}
    </nav>
  );
}
