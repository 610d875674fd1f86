// steward attach TABLE: rows of a table start lifecycles from now on.
import { type AddCommand, action, type Context } from "../action.ts";
import { tableIn } from "../runs.ts";

const HELP = `
It calls the SQL function steward.attach, which you may as well put into a file of your lifecycles folder. The table gets
statement-level triggers and nothing else. Every role that may write the table starts the runs, with no right on any schema of Steward.

  $ npx steward attach public.accounts --on-insert account_signup --on-delete account_deletion --owner id
  $ npx steward attach 'public."Order"' --on-update order_changed --columns status --when "status = 'paid'"
  $ npx steward attach public.accounts --on-insert account_signup --input "jsonb_build_object('plan', plan)"`;

interface Options {
  readonly onInsert?: string;
  readonly onUpdate?: string;
  readonly columns?: string;
  readonly onDelete?: string;
  readonly owner?: string;
  readonly scope?: string;
  readonly input?: string;
  readonly when?: string;
  readonly onError?: string;
}

const ATTACH = `
select steward.attach(coalesce(to_regclass(${tableIn("$1")}), $1::text::regclass), on_insert => $2, on_update => $3, columns => $4, on_delete => $5,
  owner => $6, scope => $7, input => $8, "when" => $9, on_error => $10) as said`;

const add: AddCommand = (program) => {
  program
    .command("attach")
    .summary("let a table's rows start lifecycles")
    .description(
      "Attaches a table: each row that is inserted, changed or deleted starts a run, in the same transaction.",
    )
    .argument("<table>", "schema.table, quoted where SQL would need it")
    .option("--on-insert <lifecycle>", "what an inserted row starts")
    .option("--on-update <lifecycle>", "what a changed row starts")
    .option("--columns <names>", "with --on-update: changes of these columns only, separated by commas")
    .option("--on-delete <lifecycle>", "what a deleted row starts")
    .option("--owner <expression>", "column or SQL expression: who may see the run")
    .option("--scope <expression>", "column or SQL expression: the group that may see it")
    .option("--input <expression>", "SQL expression, jsonb: what the tasks need to know")
    .option("--when <condition>", "SQL condition: which rows count")
    .option("--on-error <choice>", "abort: a write fails if its run cannot be started; log: it stands", "abort")
    .addHelpText("after", HELP)
    .action(action(attach));
};

export default add;

async function attach(context: Context, table: string, options: Options): Promise<void> {
  const { onInsert, onUpdate, columns, onDelete, owner, scope, input, when, onError } = options;
  const names = columns?.split(",").map((name) => name.trim());
  const values = [table, onInsert, onUpdate, names, onDelete, owner, scope, input, when, onError];
  await context.withDatabase(async (client) => {
    const { rows } = await client.query<{ said: string }>(ATTACH, values);
    context.say(rows[0]?.said ?? "", { table, said: rows[0]?.said });
  });
}
