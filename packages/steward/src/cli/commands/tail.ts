// steward tail: runs as they end.
import { type AddCommand, action } from "../action.ts";
import { pause, stopped } from "../follow.ts";
import { cards } from "../output.ts";

const HELP = `
One entry for each run that ends, with the reason where it did not succeed; with --json one line. Ends when you stop it.

  $ npx steward tail
  $ npx steward tail --failed
  $ npx steward tail --json | jq 'select(.kind == "order")'`;

interface Ended {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly subject_table: string;
  readonly subject_id: string;
  readonly finished_at: Date;
  readonly error_code: string | null;
  readonly error_message: string | null;
}

/** A run's end is seen when its transaction commits, which is a little later than its time. */
const OVERLAP = "interval '10 seconds'";
const ENDED = `
select id, kind, status, subject_table, subject_id, finished_at, error_code, error_message
from steward.runs
where finished_at > greatest($1::timestamptz, now() - ${OVERLAP}) and ($2 or status <> 'succeeded')
order by finished_at`;

const add: AddCommand = (program) => {
  program
    .command("tail")
    .option("--failed", "only runs that failed or were cancelled")
    .summary("tell of runs as they end")
    .description("Tells of runs as they end.")
    .addHelpText("after", HELP)
    .action(
      action(async (context, { failed = false }: { failed?: boolean }) =>
        context.withDatabase(async (client) => {
          const signal = stopped();
          const { rows } = await client.query<{ now: Date }>("select now()");
          const began = rows[0]?.now;
          let told = new Set<string>();
          while (!signal.aborted) {
            const ended = (await client.query<Ended>(ENDED, [began, !failed])).rows;
            for (const run of ended.filter(({ id, finished_at }) => !told.has(keyOf(id, finished_at))))
              process.stdout.write(`${context.json ? JSON.stringify(run) : textOf(run)}\n`);
            told = new Set(ended.map(({ id, finished_at }) => keyOf(id, finished_at)));
            await pause(signal);
          }
        }),
      ),
    );
};

export default add;

/** A run that was retried ends again. */
function keyOf(id: string, finishedAt: Date): string {
  return `${id} ${finishedAt.toISOString()}`;
}

function textOf({ kind, status, subject_table, subject_id, finished_at, error_code, error_message }: Ended): string {
  const reason = [error_code, error_message].filter(Boolean).join(" ");
  const head = [status, finished_at.toISOString().slice(11, 19), kind, `${subject_table}/${subject_id}`];
  return cards([{ head, lines: reason === "" ? [] : [reason] }]);
}
