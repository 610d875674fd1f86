// The API's login role, which may become the roles that an application's requests take.
// Roles belong to the cluster, not the database: several databases may be migrated at once, so each statement here may lose a race.
import pg from "pg";
import { isPrivileged } from "../api-login.ts";
import { EngineError, type StewardError } from "../errors/index.ts";
import { withClient } from "./connect.ts";
import { retrying } from "./retrying.ts";
import { scramVerifier } from "./scram.ts";
import { sqlState } from "./sql-error.ts";

// "tuple concurrently updated", and a role or membership that another process has just made.
const RACES = ["XX000", "23505", "42710"];
const WRONG_LOGIN = ["28P01", "28000"];
const NOT_ALLOWED = "42501";

export interface ApiLogin {
  /** API_DATABASE_URL. */
  readonly url: string;
  /** The roles that requests take; migrations of the application have made them. */
  readonly roles: readonly string[];
  /** Schemas of the application whose tables have row security. */
  readonly schemas: readonly string[];
}

interface RoleState {
  readonly present: boolean;
  /** Made by npm run migrate for this very database: only then it is ours to change. */
  readonly ours: boolean;
  readonly login: boolean;
  readonly inherit: boolean;
  readonly missing_groups: string[];
  readonly may_connect: boolean;
  /** The comment of a role that is ours. */
  readonly mark: string;
}

/**
 * Makes the role of the URL: it can log in with that password, inherits nothing, and may become the roles of requests.
 * One that it made is set right again; another's is never changed, only used if it is right.
 * ST826 where the owner lacks the right to do it, ST827 where the role could see past row security, ST829 where another's is not right.
 */
export async function ensureApiRole(client: pg.Client, { url, roles, schemas }: ApiLogin): Promise<void> {
  const { name, password } = credentials(url);
  await orExplain(() =>
    retrying(RACES, async () => {
      const state = await readRole(client, name, roles);
      if (state.present && (await isPrivileged(client, { role: name, schemas }))) throw new EngineError("ST827");
      const wrong = state.present ? await findWrong(state, url) : [];
      if (wrong.length > 0 && !state.ours) throw anothers(name, wrong);
      await client.query(statements(state, name, password, wrong.length > 0).join(";"));
    }),
  );
}

function credentials(apiUrl: string): { name: string; password: string } {
  const url = new URL(apiUrl);
  return { name: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}

async function readRole(client: pg.Client, name: string, roles: readonly string[]): Promise<RoleState> {
  const { rows } = await client.query<RoleState>(
    `select r.oid is not null as present, coalesce(r.rolcanlogin, false) as login, coalesce(r.rolinherit, true) as inherit,
            coalesce(shobj_description(r.oid, 'pg_authid') = asked.mark, false) as ours, asked.mark,
            coalesce(has_database_privilege(r.oid, current_database(), 'connect'), false) as may_connect,
            array(select g from unnest($2::text[]) g
                  where r.oid is null or not exists (
                    select from pg_auth_members m where m.member = r.oid and m.roleid = to_regrole(g))) as missing_groups
     from (select $1::text as name, format('The API''s login of the database %I, made by npm run migrate.', current_database()) as mark) asked
     left join pg_roles r on r.rolname = asked.name`,
    [name, roles],
  );
  const state = rows[0];
  if (state === undefined) throw new Error("a query without a condition returned no row");
  return state;
}

/** What is not as it must be, in words. */
async function findWrong(state: RoleState, apiUrl: string): Promise<string[]> {
  return [
    ...(state.login && !(await isRefused(apiUrl)) ? [] : ["it cannot log in with the password of API_DATABASE_URL"]),
    ...(state.inherit ? ["it inherits the rights of its roles"] : []),
    ...(state.missing_groups.length > 0 ? [`it is no member of ${state.missing_groups.join(" and ")}`] : []),
  ];
}

function anothers(name: string, wrong: readonly string[]): StewardError {
  const sentence = `The login ${name} is there, and npm run migrate did not make it for this database, so it changes nothing about it; but ${wrong.join(", and ")}.`;
  return new EngineError("ST829", { sentence });
}

/** One transaction: another process sees the role with all that makes it ours, or not at all. */
function statements(state: RoleState, name: string, password: string, isWrong: boolean): string[] {
  const id = pg.escapeIdentifier(name);
  const settings = `login noinherit password ${pg.escapeLiteral(scramVerifier(password))}`;
  return [
    ...(state.present
      ? []
      : [`create role ${id} ${settings}`, `comment on role ${id} is ${pg.escapeLiteral(state.mark)}`]),
    ...(isWrong ? [`alter role ${id} ${settings}`] : []),
    ...state.missing_groups.map((group) => `grant ${group} to ${id}`),
    ...(state.may_connect
      ? []
      : [
          `do $$ begin execute format('grant connect on database %I to %I', current_database(), ${pg.escapeLiteral(name)}); end $$`,
        ]),
  ];
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
    throw sqlState(error) === NOT_ALLOWED ? new EngineError("ST826", { cause: error }) : error;
  }
}
