// steward tail: what happens to runs, as it happens.
import type pg from "pg";
import { tell as tellLine } from "../../command.ts";
import { type AddCommand, action, type Context, wholeNumber } from "../action.ts";
import { pause, stopped } from "../follow.ts";
import { cards, printLine } from "../output.ts";

const HELP = `
One entry for each run that begins, for each attempt at a step that did not succeed, and for each run that ends; with --json one line
each. It begins with the latest, and goes on until you stop it. Of more than a thousand a second it tells the latest.
Times are UTC.

  $ npx steward tail
  $ npx steward tail --failed --last 50
  $ npx steward tail --no-follow --json | jq 'select(.kind == "order")'`;

interface Options {
  readonly failed?: boolean;
  readonly last: number;
  readonly follow: boolean;
}

interface Happening {
  readonly at: Date;
  readonly event: "begun" | "attempt" | "ended";
  readonly run_id: string;
  readonly kind: string;
  readonly subject_table: string;
  readonly subject_id: string;
  readonly status: string;
  readonly step: string | null;
  readonly item: string | null;
  readonly attempt: number | null;
  readonly host: string | null;
  readonly pid: number | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly words: string | null;
}

/** Something is seen when its transaction commits, which is a little later than its time. */
const OVERLAP_MS = 10_000;
const MOST = 1_000;
const HAPPENED = "select * from steward.happened(since => $1, most => $2, only_failures => $3)";

const add: AddCommand = (program) => {
  program
    .command("tail")
    .option("--failed", "only attempts and runs that failed, and runs that were cancelled")
    .option("--last <n>", "begin with so many", wholeNumber, 10)
    .option("--no-follow", "end after these")
    .summary("tell of runs as they begin, fail and end")
    .description("Tells of runs as they begin, as attempts at their steps fail, and as they end.")
    .addHelpText("after", HELP)
    .action(
      action(async (context, options: Options) => context.withDatabase((client) => tell(context, client, options))),
    );
};

export default add;

async function tell({ json }: Context, client: pg.Client, { failed = false, last, follow }: Options): Promise<void> {
  const signal = stopped();
  const read = async (since: Date | undefined, most: number) =>
    (await client.query<Happening>(HAPPENED, [since, most, failed])).rows;
  const show = (happened: readonly Happening[]) => {
    for (const one of happened.toReversed()) tellOf(one, json);
  };

  let seen = await read(undefined, Math.max(last, MOST));
  show(seen.slice(0, last));
  // At a terminal silence looks like a fault.
  if (seen.length === 0 && process.stderr.isTTY)
    tellPeople(failed ? "nothing has failed" : "nothing has happened yet", follow);
  while (follow && !signal.aborted) {
    await pause(signal);
    const known = new Set(seen.map(keyOf));
    const [latest] = seen;
    const now = await read(latest && new Date(latest.at.getTime() - OVERLAP_MS), MOST);
    const fresh = now.filter((one) => !known.has(keyOf(one)));
    if (fresh.length === MOST) process.stderr.write(`steward: more has happened: here are the latest ${MOST}.\n`);
    show(fresh);
    seen = now.length === 0 ? seen : now;
  }
}

function tellPeople(what: string, goesOn: boolean): void {
  tellLine(`steward: ${what}${goesOn ? "; here it is told when something does. Ctrl-C ends this" : ""}.`);
}

/** A run that was retried ends again; an attempt that is repeated again and again is told once. */
function keyOf({ event, run_id, step, item, attempt, at }: Happening): string {
  return JSON.stringify([event, run_id, step, item, attempt, event === "ended" ? at : null]);
}

function tellOf(happening: Happening, json: boolean): void {
  if (json) printLine(happening);
  else process.stdout.write(`${textOf(happening)}\n`);
}

function textOf({ at, event, status, kind, subject_table, subject_id, error_code, ...more }: Happening): string {
  const head = [at.toISOString().slice(11, 19), kind, `${subject_table}/${subject_id}`];
  if (event !== "attempt") {
    const reason = [error_code, more.error_message].filter(Boolean).join(" ");
    return cards([{ head: [event === "begun" ? event : status, ...head], lines: reason === "" ? [] : [reason] }]);
  }
  const step = more.item === null ? more.step : `${more.step} (${more.item})`;
  const where = more.host && `at ${more.host} (${more.pid})`;
  const words = [`${step}, attempt ${more.attempt}: ${status}`, where, error_code, more.words ?? more.error_message];
  return cards([{ head: [event, ...head], lines: [words.filter(Boolean).join(" ")] }]);
}
