// Runs in the PostGraphile of an application that was there before: beside its own types, whose names and rights stay as they are.

import { randomUUID } from "node:crypto";
import { type ExecutionResult, type GraphQLSchema, printSchema } from "graphql";
import type pg from "pg";
import { type PostGraphileInstance, postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafast } from "postgraphile/grafast";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { createStewardContext, type StewardContext, stewardPreset } from "steward/graphql";
import type { TestDatabase } from "steward/testing";
import { waitFor } from "steward/testing";
import { openPool } from "steward/testing/server";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createShop, order } from "./application.ts";

const test = suite("stewardPreset");
const suffix = randomUUID().slice(0, 8);
const [CUSTOMER, MANAGER, LOGIN] = [`customer_${suffix}`, `manager_${suffix}`, `api_${suffix}`];
let shop: TestDatabase;
let api: pg.Pool;
let steward: StewardContext;
let instance: PostGraphileInstance;
let schema: GraphQLSchema;

declare global {
  namespace Grafast {
    interface RequestContext {
      /** Who asks the shop, as settings of the transaction. */
      readonly asker: Record<string, string>;
    }
  }
}

test.before(async () => {
  shop = await createShop();
  await shop.pool.query(`
    create role ${CUSTOMER}; create role ${MANAGER}; create role ${LOGIN} login noinherit password 'api';
    grant ${CUSTOMER}, ${MANAGER} to ${LOGIN};
    grant select, insert on public.orders to ${CUSTOMER};
    select steward.grant_reader('${CUSTOMER}', claim => 'shop.customer');
    select steward.grant_reader('${MANAGER}', all_runs => true)`);
  const url = new URL(shop.url);
  [url.username, url.password] = [LOGIN, "api"];
  api = openPool(url.href, { max: 5 });
  steward = await createStewardContext({ connectionString: url.href, pool: api, role: MANAGER });
  instance = postgraphile({
    extends: [PostGraphileAmberPreset, stewardPreset],
    pgServices: [makePgService({ pool: api, schemas: ["public", "steward"] })],
    grafast: { context: ({ asker = {} }) => ({ ...steward.context, pgSettings: asker }) },
  });
  ({ schema } = await instance.getSchemaResult());
});
test.after(async () => {
  await instance.release();
  await steward.close();
  await api.end();
  await shop.pool.query(`
    select steward.revoke_reader('${CUSTOMER}'); select steward.revoke_reader('${MANAGER}');
    revoke all on public.orders from ${CUSTOMER}; drop role ${LOGIN}; drop role ${CUSTOMER}; drop role ${MANAGER}`);
  await shop.close();
});

async function ask(
  customer: string | undefined,
  source: string,
  variableValues: Record<string, unknown> = {},
): Promise<ExecutionResult> {
  const { resolvedPreset } = await instance.getSchemaResult();
  const asker = customer === undefined ? { role: MANAGER } : { role: CUSTOMER, "shop.customer": customer };
  const requestContext = { asker } as Partial<Grafast.RequestContext>;
  return (await grafast({ schema, source, variableValues, resolvedPreset, requestContext })) as ExecutionResult;
}

/** The events of a subscription. */
async function subscribe(customer: string, source: string): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
  return (await ask(customer, source)) as unknown as AsyncGenerator<ExecutionResult>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- what a document asks for is only known where it is written
function dataOf(result: ExecutionResult): any {
  assert.is(result.errors?.map(({ message }) => message).join("\n"), undefined);
  return result.data;
}

test("the application's own types keep their names, and nothing of the engine's machinery shows", () => {
  const text = printSchema(schema);
  assert.match(text, /type Order implements Node \{[^}]*rowId: BigInt!/);
  assert.match(text, /createOrder\(/);
  assert.match(text, /type Run \{[^}]*\n {2}id: UUID!/);
  for (const field of ["subjectTable", "subjectId", "ownerId", "scopeId", "kind", "status"])
    assert.match(text, new RegExp(`input RunCondition \\{[^}]*\\n {2}${field}:`));
  for (const word of ["createRun", "updateRun", "deleteStep", "Lane", "attach", "defineLifecycle", "StewardRun"])
    assert.not.match(text, new RegExp(`\\b${word}\\b`));
});

test("each sees their own runs, with steps and progress; a manager sees all", async () => {
  const id = await order(shop.pool, "7");
  await order(shop.pool, "8");
  const { runs } = dataOf(
    await ask(
      "7",
      `{ runs(condition: { kind: "order", subjectTable: "public.orders" }) { nodes { subjectId status ownerId progress { done total percent } steps { nodes { name status } } } } }`,
    ),
  );
  assert.equal(JSON.parse(JSON.stringify(runs.nodes)), [
    {
      subjectId: id,
      status: "pending",
      ownerId: "7",
      progress: { done: 0, total: 2, percent: 0 },
      steps: {
        nodes: [
          { name: "pack", status: "queued" },
          { name: "ship", status: "waiting" },
        ],
      },
    },
  ]);
  assert.is(dataOf(await ask(undefined, "{ runs { nodes { id } } }")).runs.nodes.length, 2);
  assert.is(dataOf(await ask("9", "{ runs { nodes { id } } }")).runs.nodes.length, 0);
  assert.is(dataOf(await ask("", "{ runs { nodes { id } } }")).runs.nodes.length, 0);
});

test("a page has bounds for runs, and for nothing else", async () => {
  assert.match(
    String((await ask("7", "{ runs(first: 1000) { nodes { id } } }")).errors?.[0]?.message),
    /between 0 and 100/,
  );
  dataOf(await ask("7", "{ allOrders(first: 1000) { nodes { rowId } } }"));
});

test("its owner cancels and retries a run; another may not, and does not learn that it is there", async () => {
  const subjectId = await order(shop.pool, "20");
  const run = dataOf(await ask("20", `{ runs(condition: { subjectId: "${subjectId}" }) { nodes { id } } }`)).runs
    .nodes[0].id;
  const cancel = "mutation ($id: UUID!) { cancelRun(input: { id: $id }) { run { status } } }";
  assert.match(String((await ask("21", cancel, { id: run })).errors?.[0]?.message), /There is no such run/);
  assert.is(dataOf(await ask("20", cancel, { id: run })).cancelRun.run.status, "cancelled");
  const retry = "mutation ($id: UUID!) { retryRun(input: { id: $id }) { run { status } } }";
  assert.is(dataOf(await ask("20", retry, { id: run })).retryRun.run.status, "running");
});

test("a subscription tells how the run stands and each change, and nothing to others", async () => {
  const subjectId = await order(shop.pool, "30");
  const run = dataOf(await ask("30", `{ runs(condition: { subjectId: "${subjectId}" }) { nodes { id } } }`)).runs
    .nodes[0].id;
  const document = `subscription { runChanged(id: "${run}") { reason run { status } } }`;
  const events = (await subscribe("30", document)) as AsyncGenerator<ExecutionResult>;
  const next = async () => dataOf((await events.next()).value as ExecutionResult).runChanged;
  assert.equal({ ...(await next()).run }, { status: "pending" });
  await shop.drain();
  let last = await next();
  await waitFor(async () => {
    if (last.run.status !== "succeeded") last = await next();
    return last.run.status === "succeeded";
  });
  await events.return(undefined);
  const refused = (await subscribe("31", document)) as ExecutionResult;
  assert.match(String(refused.errors?.[0]?.message), /There is no such run/);
});

test.run();
