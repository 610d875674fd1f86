// The API's login role, which may become steward_user or steward_admin (db/migrations makes those two).
// Roles belong to the cluster, not the database: several databases may be migrated at once, so each statement here may lose a race.
import pg from "pg";
import { StewardError } from "../errors.ts";
import { withClient } from "./connect.ts";
import { retrying } from "./retrying.ts";
import { scramVerifier } from "./scram.ts";
import { sqlState } from "./sql-error.ts";

const GROUPS = ["steward_user", "steward_admin"];
// "tuple concurrently updated", and a role or membership that another process has just made.
const RACES = ["XX000", "23505", "42710"];
const WRONG_LOGIN = ["28P01", "28000"];
const NOT_ALLOWED = "42501";

interface RoleState {
  readonly present: boolean;
  readonly login: boolean;
  readonly inherit: boolean;
  /** Superuser, bypasses row security, or is (a member of) the owner. */
  readonly privileged: boolean;
  readonly missing_groups: string[];
  readonly may_connect: boolean;
}

/**
 * Makes the role of `apiUrl`, or sets it right: it can log in with that password, inherits nothing, and may become
 * steward_user or steward_admin. Touches nothing that is right already. ST826 where the owner lacks the right to do it,
 * ST827 where the role could see past row security.
 */
export async function ensureApiRole(client: pg.Client, apiUrl: string): Promise<void> {
  const { name, password } = credentials(apiUrl);
  await orExplain(() =>
    retrying(RACES, async () => {
      const state = await readRole(client, name);
      if (state.privileged) throw new StewardError("ST827");
      const id = pg.escapeIdentifier(name);
      const settings = `login noinherit password ${pg.escapeLiteral(scramVerifier(password))}`;
      if (!state.present) await client.query(`create role ${id} ${settings}`);
      else if (!state.login || state.inherit || (await isRefused(apiUrl)))
        await client.query(`alter role ${id} ${settings}`);
      for (const group of state.missing_groups) await client.query(`grant ${group} to ${id}`);
      if (!state.may_connect) await grantConnect(client, id);
    }),
  );
}

function credentials(apiUrl: string): { name: string; password: string } {
  const url = new URL(apiUrl);
  return { name: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}

async function readRole(client: pg.Client, name: string): Promise<RoleState> {
  const { rows } = await client.query<RoleState>(
    `select r.oid is not null as present, coalesce(r.rolcanlogin, false) as login, coalesce(r.rolinherit, true) as inherit,
            coalesce(r.rolsuper or r.rolbypassrls or pg_has_role(r.oid, current_user, 'member'), false) as privileged,
            coalesce(has_database_privilege(r.oid, current_database(), 'connect'), false) as may_connect,
            array(select g from unnest($2::text[]) g
                  where r.oid is null or not exists (
                    select from pg_auth_members m where m.member = r.oid and m.roleid = to_regrole(g))) as missing_groups
     from (select $1::text as name) asked left join pg_roles r on r.rolname = asked.name`,
    [name, GROUPS],
  );
  const state = rows[0];
  if (state === undefined) throw new Error("a query without a condition returned no row");
  return state;
}

async function grantConnect(client: pg.Client, id: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>("select current_database() as name");
  await client.query(`grant connect on database ${pg.escapeIdentifier(rows[0]?.name ?? "")} to ${id}`);
}

/** True when Postgres refuses this name and password. A server that cannot be reached from here says nothing about them. */
async function isRefused(apiUrl: string): Promise<boolean> {
  try {
    return await withClient({ connectionString: apiUrl, connectionTimeoutMillis: 5_000 }, async () => false);
  } catch (error) {
    return WRONG_LOGIN.includes(sqlState(error) ?? "");
  }
}

async function orExplain(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw sqlState(error) === NOT_ALLOWED ? new StewardError("ST826", { cause: error }) : error;
  }
}
