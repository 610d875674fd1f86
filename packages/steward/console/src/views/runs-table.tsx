// The rows of a list of runs.
import { Link } from "wouter";
import type { RunRow } from "../api/documents.ts";
import { spoken } from "../parts/format.ts";
import { ProgressBar } from "../parts/progress.tsx";
import { Scrolls } from "../parts/scrolls.tsx";
import { Status } from "../parts/status.tsx";
import { Ago, Took } from "../parts/time.tsx";
import { SHOWS } from "./run-filters.ts";

export interface RunsTableProps {
  readonly rows: readonly RunRow[];
  /** Ids; undefined where nothing can be chosen. */
  readonly chosen?: ReadonlySet<string> | undefined;
  readonly onChoose?: (chosen: ReadonlySet<string>) => void;
  /** Rows that do not fit it any more stay, dimmed. */
  readonly show?: string;
}

export function RunsTable({ rows, chosen, onChoose, show = "all" }: RunsTableProps) {
  const statuses = SHOWS[show] ?? [];
  const choose = (ids: readonly string[], isChosen: boolean) => {
    const next = new Set(chosen);
    for (const id of ids) {
      if (isChosen) next.add(id);
      else next.delete(id);
    }
    onChoose?.(next);
  };
  return (
    <Scrolls name="Runs">
      <table className="runs">
        <caption className="unseen">Runs, the newest first</caption>
        <thead>
          <tr>
            {chosen && (
              <th scope="col">
                <input
                  type="checkbox"
                  aria-label="Choose all runs of this page"
                  checked={rows.every(({ id }) => chosen.has(id))}
                  onChange={(event) =>
                    choose(
                      rows.map(({ id }) => id),
                      event.target.checked,
                    )
                  }
                />
              </th>
            )}
            <th scope="col">Status</th>
            <th scope="col">Lifecycle</th>
            <th scope="col">Subject</th>
            <th scope="col">Progress</th>
            <th scope="col">Error</th>
            <th scope="col">Began</th>
            <th scope="col" className="figure">
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} className={statuses.length > 0 && !statuses.includes(row.status) ? "dimmed" : ""}>
              {chosen && (
                <td className="choice">
                  <input
                    type="checkbox"
                    aria-label={`Choose ${spoken(row.kind)} of ${row.subjectId}`}
                    checked={chosen.has(row.id)}
                    onChange={(event) => choose([row.id], event.target.checked)}
                  />
                </td>
              )}
              <Cells row={row} />
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}

function Cells({
  row: { id, kind, status, subjectTable, subjectId, progress, errorCode, errorMessage, createdAt, finishedAt },
}: {
  readonly row: RunRow;
}) {
  return (
    <>
      <td data-name="Status">
        <Status value={status} />
      </td>
      <th scope="row" data-name="Lifecycle">
        <Link href={`/runs/${id}`}>{kind}</Link>
      </th>
      <td data-name="Subject" className="subject" title={`${subjectTable} ${subjectId}`}>
        {subjectId}
      </td>
      <td data-name="Progress">
        <ProgressBar of={progress} name={`${spoken(kind)} of ${subjectId}`} />
      </td>
      <td data-name="Error" className="words" title={errorMessage ?? undefined}>
        {errorCode && (
          <>
            <strong>{errorCode}</strong> {errorMessage}
          </>
        )}
      </td>
      <td data-name="Began">
        <Ago at={createdAt} />
      </td>
      <td data-name="Took" className="figure">
        <Took from={createdAt} to={finishedAt} />
      </td>
    </>
  );
}
