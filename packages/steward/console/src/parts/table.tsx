// A table: each view says its columns, and all of them look and are read aloud alike.
import type { ReactNode } from "react";
import { Scrolls } from "./scrolls.tsx";

export interface Column<Row> {
  readonly title: string;
  /** head: it names the row; figure: a number; words: a sentence, cut where it is too long; acts: buttons, whose title is only read aloud. */
  readonly as?: "head" | "figure" | "words" | "acts";
  readonly of: (row: Row) => ReactNode;
}

export interface TableProps<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
}

export function Table<Row>({ name, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <Scrolls name={name}>
      <table>
        <caption className="unseen">{name}</caption>
        <thead>
          <tr>
            {columns.map(({ title, as }) => (
              <th key={title} scope="col" className={as === "figure" ? "figure" : undefined}>
                {as === "acts" ? <span className="unseen">{title}</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, as, of }) =>
                as === "head" ? (
                  <th key={title} scope="row">
                    {of(row)}
                  </th>
                ) : (
                  <td key={title} className={as === "figure" || as === "words" ? as : undefined}>
                    {of(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}
