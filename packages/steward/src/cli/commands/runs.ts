// steward runs: the latest runs, by a filter.
import { type AddCommand, action, wholeNumber } from "../action.ts";
import { cards } from "../output.ts";
import { type Filter, filterOptions, filterValues, tableIn } from "../runs.ts";

const HELP = `
  $ npx steward runs --status failed
  $ npx steward runs --lifecycle order --owner 42 --last 50
  $ npx steward runs --status failed --json | jq -r '.[].id'`;

interface Run {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly status: string;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}

const LIST = `
select r.id, r.kind, r.subject_table || '/' || r.subject_id as subject, r.status, r.error_code, r.error_message, r.created_at, r.finished_at
from steward.runs r
where ($1::text is null or r.kind = $1) and ($2::text is null or r.status::text = $2) and ($3::text is null or r.error_code = $3)
  and ($4::text is null or r.subject_table = ${tableIn("$4")})
  and ($5::text is null or r.subject_id = $5 and (r.finished_at is not null or r.status in ('pending', 'running', 'suspended')))
  and ($6::text is null or r.owner_id = $6) and ($7::text is null or r.scope_id = $7)
  and ($8::timestamptz is null or r.created_at < $8) and ($9::timestamptz is null or r.created_at > $9)
order by r.id desc
limit $10`;

const add: AddCommand = (program) => {
  filterOptions(
    program.command("runs").summary("list the latest runs").description("Lists the latest runs, the newest first."),
  )
    .option("--last <n>", "so many", wholeNumber, 20)
    .addHelpText("after", HELP)
    .action(
      action(async (context, filter: Filter & { readonly last: number }) =>
        context.withDatabase(async (client) => {
          const { rows } = await client.query<Run>(LIST, [...filterValues(filter), filter.last]);
          const text = cards(
            rows.map(({ id, kind, subject, status, error_code, error_message, created_at }) => ({
              head: [status, kind, subject],
              lines: [
                `${created_at.toISOString().slice(0, 19)}Z  run ${id}`,
                ...(error_code === null ? [] : [`${error_code} ${error_message ?? ""}`]),
              ],
            })),
          );
          context.print(rows.length === 0 ? "There are no such runs." : text, rows);
        }),
      ),
    );
};

export default add;
