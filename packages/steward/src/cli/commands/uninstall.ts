// steward uninstall: the opposite of migrate.
import { type AddCommand, action } from "../action.ts";

const HELP = `
It removes the triggers from attached tables, then the schemas steward and steward_private, and graphile-worker's schema if Steward
made it. Roles, default privileges and all that is yours stay as they are: pg_dump --schema-only prints what it printed before
Steward came. Runs and their history go. It asks for nothing: stop your workers first.

  $ npx steward uninstall
  $ npx steward uninstall --force    although workers are alive or runs are open`;

const add: AddCommand = (program) => {
  program
    .command("uninstall")
    .summary("remove Steward from the database")
    .description("Removes all that Steward made in the database, and nothing else.")
    .option("--force", "although workers are alive or runs have not ended")
    .addHelpText("after", HELP)
    .action(
      action(async (context, { force }: { force?: boolean }) => {
        const { uninstall } = await import("../../uninstall.ts");
        const database = await context.attachDatabase();
        try {
          const removed = await uninstall(database.url, { force: force === true });
          const tables = removed.tables.length > 0 ? ` Detached: ${removed.tables.join(", ")}.` : "";
          const schemas = removed.schemas.join(", ");
          context.say(schemas === "" ? "Steward is not in this database." : `Removed: ${schemas}.${tables}`, removed);
        } finally {
          await database.release();
        }
      }),
    );
};

export default add;
