// test-timeout: 300
// Whatever a client sends, it is answered with data or with an error that has a code and a request id, and never with a 5xx.
import fc from "fast-check";
import { getNamedType, isEnumType } from "graphql";
import { createClient } from "graphql-ws";
import { declaredErrors } from "steward/errors";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { type Answer, startApi, type TestApi, token } from "../../helpers/api.ts";
import { castOf } from "../../helpers/cast.ts";
import { everything, rootFields } from "../../helpers/documents.ts";
import { written, wrongBody, wrongCursors, wrongRequest, wrongText } from "../../helpers/fuzz.ts";

const test = suite("fuzz");
let api: TestApi;
let tokens: readonly string[];

test.before(async () => {
  api = await startApi();
  const { ada } = await castOf(api.database.pool);
  tokens = [await token("user", ada.id), await token("admin")];
});
test.after(() => api.close());

async function assertAnswered(body: unknown, bearer: string | undefined): Promise<void> {
  const response = await fetch(`${api.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${bearer}` },
    body: written(body),
  });
  const text = await response.text();
  const what = `${response.status} ${text.slice(0, 500)} for ${JSON.stringify(body)?.slice(0, 1_000)}`;
  assert.ok(response.status < 500, what);
  const { errors = [], data } = JSON.parse(text) as Partial<Answer>;
  assert.ok(errors.length > 0 || data !== undefined, what);
  for (const error of errors) assertProper(error, what);
}

function assertProper({ message, extensions }: Answer["errors"][number], what: string): void {
  const code = String(extensions?.["code"]);
  assert.ok(declaredErrors().has(code) && code !== "ST199", what);
  assert.match(String(extensions["requestId"]), /^[0-9a-f-]{36}$/, what);
  assert.not.match(message, /node_modules|app_private|^Cannot read/, what);
}

/** Milliseconds; a stated seed makes a failure come again. */
const LIMITS = { includeErrorInReport: true, numRuns: 250, interruptAfterTimeLimit: 60_000 };
const either = fc.nat(1);

test("values of every wrong kind, as variables", () =>
  fc.assert(
    fc.asyncProperty(wrongRequest(), either, (request, who) => assertAnswered(request, tokens[who])),
    LIMITS,
  ));

test("an object that cannot be made a text, in the place of every argument", async () => {
  for (const { name, args, type } of rootFields("query")) {
    for (const { name: argument, type: wanted } of args) {
      const query = `query ($value: ${wanted}) { ${name}(${argument}: $value) ${everything(type, 0)} }`;
      await assertAnswered({ query, variables: { value: { toString: 0 } } }, tokens[1]);
    }
  }
});

test("texts that hardly are documents", () =>
  fc.assert(
    fc.asyncProperty(wrongText, either, (query, who) => assertAnswered({ query, variables: { a: 1 } }, tokens[who])),
    LIMITS,
  ));

test("JSON that hardly is a request", () =>
  fc.assert(
    fc.asyncProperty(wrongBody, either, (body, who) => assertAnswered(body, tokens[who])),
    LIMITS,
  ));

interface Page {
  readonly totalCount: number;
  readonly edges: readonly { readonly cursor: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

test("in every order, pages follow each other to the last row, and no cursor but a page's own is taken", async () => {
  for (const { name, args } of rootFields("query")) {
    const order = getNamedType(args.find((argument) => argument.name === "orderBy")?.type);
    for (const { name: by } of isEnumType(order) ? order.getValues() : []) {
      const document = `query ($after: Cursor) { ${name}(first: 2, orderBy: [${by}], after: $after) { totalCount edges { cursor } pageInfo { hasNextPage endCursor } } }`;
      const page = async (after: string | null): Promise<Page> =>
        (await api.send(tokens[1] ?? null, document, { after })).data[name] as Page;
      let [total, after, rows]: [number, string | null, number] = [0, null, 0];
      do {
        const { totalCount, edges, pageInfo }: Page = await page(after);
        total = totalCount;
        rows += edges.length;
        after = pageInfo.endCursor;
        if (!pageInfo.hasNextPage) break;
      } while (rows <= total);
      assert.is(rows, total, `${name} by ${by}`);
      if (after === null) continue;
      const parts = JSON.parse(Buffer.from(after, "base64").toString()) as unknown[];
      const bodies = wrongCursors(parts).map((text) => ({ query: document, variables: { after: text } }));
      await Promise.all(bodies.map((body) => assertAnswered(body, tokens[1])));
    }
  }
});

test("over a websocket too", async () => {
  const client = createClient({
    url: `${api.url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${tokens[0]}` },
    lazy: false,
    retryAttempts: 0,
  });
  const ask = (payload: { query: string; variables?: Record<string, unknown> }) =>
    new Promise<readonly Answer["errors"][number][]>((resolve, reject) => {
      const found: Answer["errors"][number][] = [];
      const stop = client.subscribe(payload, {
        next: ({ errors }) => {
          found.push(...((errors ?? []) as unknown as Answer["errors"]));
          stop();
        },
        error: (error) => (Array.isArray(error) ? resolve(error as Answer["errors"]) : reject(error as Error)),
        complete: () => resolve(found),
      });
    });
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          wrongRequest(),
          wrongText.map((query) => ({ query })),
        ),
        async (payload) => {
          if (Buffer.byteLength(JSON.stringify(payload)) > 90_000) return;
          for (const error of await ask(payload))
            assertProper(error, `${JSON.stringify(error)} for ${JSON.stringify(payload).slice(0, 1_000)}`);
        },
      ),
      { ...LIMITS, numRuns: 200 },
    );
  } finally {
    await client.dispose();
  }
});

test.run();
