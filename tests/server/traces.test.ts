// Traces: one from a mutation over the steps of its run to the requests at the drive, for an application with an SDK of OpenTelemetry.
import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Context,
  type ContextManager,
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createNextcloud } from "../../server/providers/nextcloud/index.ts";
import driveAccount from "../../tasks/drive_account.ts";
import driveCleanup from "../../tasks/drive_cleanup.ts";
import onboard from "../../tasks/onboard.ts";
import { startApi, type TestApi, token } from "../helpers/api.ts";
import { waitFor } from "../helpers/database.ts";
import { startEngine, type TestEngine } from "../helpers/engine.ts";
import { startProviders, type TestProviders } from "../helpers/provider.ts";

/** What a client sends is not believed. */
const FORGED = "00-11111111111111111111111111111111-2222222222222222-01";
const GIVEN = "00-33333333333333333333333333333333-4444444444444444-01";

const test = suite("traces");
const exporter = new InMemorySpanExporter();
let api: TestApi;
let providers: TestProviders;
let engine: TestEngine;

test.before(async () => {
  [api, providers] = await Promise.all([startApi(), startProviders()]);
  const drive = createNextcloud({
    url: providers.drive.url,
    adminUser: providers.drive.adminUser,
    adminPassword: providers.drive.adminPassword,
  });
  const works = { onboard: onboard.work, drive_account: driveAccount.work, drive_cleanup: driveCleanup.work };
  engine = await startEngine({ connectionString: api.database.ownerUrl, works, services: { drive } });
});
test.after(async () => {
  trace.disable();
  context.disable();
  await engine.stop();
  await Promise.all([api.close(), providers.close()]);
});

test("without an SDK nothing is noted", async () => {
  const id = await createUser("ada");
  assert.is(await traceparentOf(id), null);
  const isDone = "select from steward.runs where subject_id = $1 and status = 'succeeded'";
  await waitFor(async () => (await api.database.pool.query(isDone, [id])).rowCount, { what: "the signup" });
});

test("one trace leads from the mutation over each step to the requests at the provider", async () => {
  context.setGlobalContextManager(contexts());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  const id = await createUser("grace");
  await waitFor(() => of("CONSUMER").length === 3, { what: "the steps' spans" });

  const [request] = of("SERVER");
  const steps = of("CONSUMER");
  assert.equal(steps.map(({ name }) => name).toSorted(), [
    "user_signup drive_account",
    "user_signup drive_cleanup",
    "user_signup onboard",
  ]);
  for (const step of steps) {
    assert.is(step.parentSpanContext?.spanId, request?.spanContext().spanId);
    const calls = of("CLIENT").filter(
      ({ parentSpanContext }) => parentSpanContext?.spanId === step.spanContext().spanId,
    );
    assert.is(calls.length > 0, step.name !== "user_signup onboard");
  }
  const ids = new Set(exporter.getFinishedSpans().map((span) => span.spanContext().traceId));
  assert.is(ids.size, 1);
  assert.not.ok(FORGED.includes([...ids].join()));
  assert.not.match(
    JSON.stringify(exporter.getFinishedSpans().map(({ name, attributes }) => [name, attributes])),
    "grace",
  );
  assert.match((await traceparentOf(id)) ?? "", [...ids].join());
});

test("an application gives its own in the transaction, and what is none begins a trace of its own", async () => {
  exporter.reset();
  for (const given of [GIVEN, "'; nonsense ".repeat(9)]) {
    const client = await api.database.pool.connect();
    await client.query("begin");
    await client.query("select set_config('steward.traceparent', $1, true)", [given]);
    await client.query("insert into app_public.users (username) values ($1)", [`user-${given.length}`]);
    await client.query("commit");
    client.release();
  }
  await waitFor(() => of("CONSUMER").length === 6, { what: "the steps' spans" });
  const given = of("CONSUMER").filter(({ parentSpanContext }) => GIVEN.includes(parentSpanContext?.spanId ?? "none"));
  assert.equal([given.length, new Set(of("CONSUMER").map((span) => span.spanContext().traceId)).size], [3, 4]);
});

test("an attempt that fails says so with its code, not in words", async () => {
  exporter.reset();
  void providers.drive.faults.down(60_000);
  await createUser("linus");
  const account = () => of("CONSUMER").find(({ name }) => name === "user_signup drive_account");
  const failed = await waitFor(account, { what: "the step's span" });
  assert.equal(failed.status, { code: SpanStatusCode.ERROR });
  assert.match(String(failed.attributes["error.type"]), /^ST\d{3}$/);
});

test.run();

function of(kind: keyof typeof SpanKind): ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.kind === SpanKind[kind]);
}

async function createUser(username: string): Promise<string> {
  const query = `mutation { createUser(input: { username: "${username}" }) { user { id } } }`;
  const response = await fetch(`${api.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${await token("admin")}`,
      traceparent: FORGED,
    },
    body: JSON.stringify({ query, extensions: { traceparent: FORGED } }),
  });
  const { data } = (await response.json()) as { data: { createUser: { user: { id: string } } } };
  return data.createUser.user.id;
}

async function traceparentOf(userId: string): Promise<string | null | undefined> {
  const text = "select traceparent from steward.runs where subject_id = $1";
  return (await api.database.pool.query<{ traceparent: string | null }>(text, [userId])).rows[0]?.traceparent;
}

/** What an SDK for Node brings: the active context follows what is awaited. */
function contexts(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, work, self, ...args) => storage.run(active, () => work.call(self as never, ...args)),
    bind: (_active, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}
