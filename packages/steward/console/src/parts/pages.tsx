// Turns the pages of a list by its cursors.
interface PagesProps {
  readonly cursors: readonly string[];
  readonly page: { readonly hasNextPage: boolean; readonly endCursor: string | null } | undefined;
  readonly onTurn: (cursors: readonly string[]) => void;
}

export function Pages({ cursors, page, onTurn }: PagesProps) {
  const next = page?.hasNextPage ? page.endCursor : null;
  if (cursors.length === 0 && next === null) return null;
  return (
    <nav className="pages" aria-label="Pages">
      {cursors.length > 0 && (
        <button type="button" onClick={() => onTurn(cursors.slice(0, -1))}>
          Back
        </button>
      )}
      {next !== null && (
        <button type="button" onClick={() => onTurn([...cursors, next])}>
          Further
        </button>
      )}
    </nav>
  );
}
