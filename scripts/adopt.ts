// npm run adopt: makes the database of DATABASE_URL, a copy so far, the one whose workers act on the accounts at the providers.
import { runCommand } from "steward/command";
import { withClient } from "steward/migrate/connect";
import { loadConfigOrExit } from "../server/config.ts";
import { resolveDatabase } from "../server/services.ts";

const FIND = "select is_home, home_database, present_database, instance from steward.home";
const ADOPT = "select steward.adopt($1) as waiting";

interface Home {
  readonly is_home: boolean;
  readonly home_database: string;
  readonly present_database: string;
  readonly instance: string | null;
}

await runCommand(async () => {
  const config = loadConfigOrExit();
  const { database, release } = await resolveDatabase(config);
  try {
    await withClient({ connectionString: database.url, application_name: "steward adopt" }, async (client) => {
      const [home] = (await client.query<Home>(FIND)).rows;
      const { rows } = await client.query<{ waiting: string }>(ADOPT, [config.instance]);
      console.log(describe(home));
      console.log(
        `It is now${config.instance ? `, as ${config.instance}` : ""}. Steps that waited for a provider and go on: ${rows[0]?.waiting}.`,
      );
    });
  } finally {
    await release();
  }
});

function describe(home: Home | undefined): string {
  if (home === undefined) return "No worker had come to this database yet, so it was at home nowhere.";
  const { is_home, home_database, present_database, instance } = home;
  const whose = instance === null ? "" : ` of ${instance}`;
  if (is_home)
    return `The database ${present_database} was at home here already, with the workers${whose || " of no named instance"}.`;
  return `The database ${present_database} was a copy of ${home_database}${whose}, or had been moved or renamed.`;
}
