// steward why: why a run is not further, or how it ended.
import type pg from "pg";
import { EngineError } from "../../errors/index.ts";
import { sqlState } from "../../migrate/sql-error.ts";
import { wrap } from "../../text.ts";
import { type AddCommand, action, EXIT } from "../action.ts";
import { describeRun, findRun } from "../runs.ts";

const HELP = `
Names a run by its id, or the row that it is about: the latest run of it is meant.

  $ npx steward why 0197f3c2-9a41-7b6e-9c1d-2f1b8a5e4d10
  $ npx steward why public.orders/42
  $ npx steward why public.orders/42 --json

The code, and who can act, are in docs/operate.md.`;

interface Explained {
  readonly code: string;
  readonly who: string;
  readonly explanation: string;
}

const ANY = "00000000-0000-0000-0000-000000000000";
const WHY = "select * from steward.explain_run($1)";
const LOCKED = "55P03";

/** The question is not to wait for the lock that is the answer. */
async function blocked(client: pg.Client, error: unknown): Promise<never> {
  if (sqlState(error) !== LOCKED) throw error;
  const { rows } = await client.query<Explained>(WHY, [ANY]);
  if (rows[0]?.code !== "blocked") throw error;
  throw new EngineError("ST903", { sentence: rows[0].explanation, cause: error });
}

const add: AddCommand = (program) => {
  program
    .command("why")
    .argument("<run>", "a run's id, or TABLE/KEY of the row that it is about")
    .summary("say why a run is not further")
    .description("Says why a run is not further, or how it ended, and who can act.")
    .addHelpText("after", HELP)
    .action(
      action(async (context, named: string) =>
        context.withDatabase(async (client) => {
          await client.query("select set_config('lock_timeout', '2s', false)");
          const run = await findRun(client, named).catch((error) => blocked(client, error));
          const { rows } = await client.query<Explained>(WHY, [run.id]);
          const found = rows[0];
          if (!found) return EXIT.failed;
          const { code, who, explanation } = found;
          const act = who === "nobody" ? "nobody needs to act" : `the ${who} can act`;
          context.print(`${describeRun(run)}\n\n${wrap(explanation)}\n\n(${code}; ${act})`, { run: run.id, ...found });
          return EXIT.done;
        }),
      ),
    );
};

export default add;
