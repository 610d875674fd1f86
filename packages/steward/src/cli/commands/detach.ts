// steward detach TABLE: the opposite of attach.
import { type AddCommand, action } from "../action.ts";
import { tableIn } from "../runs.ts";

// A table that somebody has dropped is known by the name that it had.
const DETACH = `
select case when t.id is null then steward.detach(former_name => ${tableIn("$1")}) else steward.detach(t.id) end as said
from coalesce(to_regclass(${tableIn("$1")}), to_regclass($1)) t (id)`;

const add: AddCommand = (program) => {
  program
    .command("detach")
    .summary("remove the triggers from a table")
    .description("Removes every trigger that attach made on a table. Runs that it has started go on.")
    .argument("<table>", "schema.table")
    .addHelpText("after", "\n  $ npx steward detach public.accounts")
    .action(
      action(async (context, table: string) =>
        context.withDatabase(async (client) => {
          const { rows } = await client.query<{ said: string }>(DETACH, [table]);
          context.say(rows[0]?.said ?? "", { table, said: rows[0]?.said });
        }),
      ),
    );
};

export default add;
