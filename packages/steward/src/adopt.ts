// Makes a database, a copy so far, the one whose workers act on what lies outside.
import type pg from "pg";

const FIND = "select is_home, home_database, present_database, instance from steward.home";
const ADOPT = "select steward.adopt($1) as waiting";

interface Home {
  readonly is_home: boolean;
  readonly home_database: string;
  readonly present_database: string;
  readonly instance: string | null;
}

export interface Adopted {
  /** What was and what is, in words. */
  readonly said: string;
  /** Steps that waited for it. */
  readonly waiting: number;
}

export async function adopt(client: pg.Client, instance: string | undefined): Promise<Adopted> {
  const [home] = (await client.query<Home>(FIND)).rows;
  const { rows } = await client.query<{ waiting: string }>(ADOPT, [instance]);
  const waiting = Number(rows[0]?.waiting);
  const now = `It is now${instance ? `, as ${instance}` : ""}. Steps that waited for a provider and go on: ${waiting}.`;
  return { said: `${describe(home)}\n${now}`, waiting };
}

function describe(home: Home | undefined): string {
  if (home === undefined) return "No worker had come to this database yet, so it was at home nowhere.";
  const { is_home, home_database, present_database, instance } = home;
  const whose = instance === null ? "" : ` of ${instance}`;
  if (is_home)
    return `The database ${present_database} was at home here already, with the workers${whose || " of no named instance"}.`;
  return `The database ${present_database} was a copy of ${home_database}${whose}, or had been moved or renamed.`;
}
