// What somebody would write by hand for the same status: one query, in a transaction with the same settings, after the same token check.
import fastify from "fastify";
import pg from "pg";
import { createAuthenticator, settingsOf } from "steward/http/identity";
import { createTokenVerifier } from "steward/http/tokens";
import { loadConfig } from "../../server/config.ts";
import { graphqlApplication } from "../../server/graphql/application.ts";

const { BENCH_OWNER_URL: ownerUrl, BENCH_API_URL: apiUrl = "", BENCH_SECRET: jwtSecret } = process.env;
const config = loadConfig({ PORT: "0", DATABASE_URL: ownerUrl, API_DATABASE_URL: apiUrl });
const pool = new pg.Pool({ connectionString: apiUrl, max: 10 });
const authenticate = createAuthenticator(createTokenVerifier(config.jwt, jwtSecret), async ({ subject }) => subject);

const SETTINGS = "select set_config(s.name, s.value, true) from unnest($1::text[], $2::text[]) as s (name, value)";
const STATUS = `
select r.id, r.status, p.done, p.total, p.failed, p.percent, array(
  select json_build_object('id', s.id::text, 'name', s.name, 'status', s.status, 'attempts', s.attempts)
  from steward.steps s where s.run_id = r.id order by s.id limit 50
) as steps
from steward.runs r, steward.runs_progress(r) p
where r.id = $1`;

const app = fastify();
app.post<{ Body: { variables: { id: string } } }>("/graphql", async (request) => {
  const settings = Object.entries({
    ...settingsOf(await authenticate(request.headers.authorization), graphqlApplication.roles, 5_000),
    jit: "off",
  });
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query({
      name: "settings",
      text: SETTINGS,
      values: [settings.map(([name]) => name), settings.map(([, value]) => value)],
    });
    const { rows } = await client.query({ name: "status", text: STATUS, values: [request.body.variables.id] });
    await client.query("commit");
    const [{ id, status, done, total, failed, percent, steps }] = rows;
    return { data: { run: { id, status, progress: { done, total, failed, percent }, steps: { nodes: steps } } } };
  } finally {
    client.release();
  }
});
process.send?.(await app.listen({ port: 0, host: "127.0.0.1" }));
