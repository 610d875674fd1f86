// The example clients against a real server, as whoever copies them would run them.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { generateTypes } from "../../examples/generate.ts";
import type { StatusFragment } from "../../examples/generated/operations.ts";
import { pollRun } from "../../examples/poll.ts";
import { describe } from "../../examples/status.ts";
import { watchRun } from "../../examples/subscribe.ts";
import { startApi, type TestApi, token } from "../helpers/api.ts";
import { type Cast, castOf } from "../helpers/cast.ts";
import { waitFor } from "../helpers/database.ts";

const test = suite("example clients");
let api: TestApi;
let cast: Cast;

test.before(async () => {
  api = await startApi();
  cast = await castOf(api.database.pool);
});
test.after(() => api.close());

test("their types are those of the committed schema (node examples/generate.ts writes them)", async () => {
  assert.ok(
    (await generateTypes()) === readFileSync("examples/generated/operations.ts", "utf8"),
    "examples/generated is out of date",
  );
});

for (const [name, follow, runOf] of [
  ["polling", pollRun, () => cast.ada.runId],
  ["subscribing", watchRun, () => cast.ada.projectRunId],
] as const) {
  test(`${name}: sees a run to its end`, async () => {
    const seen: StatusFragment[] = [];
    const following = (async () => {
      for await (const run of follow(`${api.url}/graphql`, await token("user", cast.ada.id), runOf())) seen.push(run);
    })();
    await waitFor(() => seen.length === 1);
    await change("status = 'running', done = 1", runOf());
    await waitFor(() => seen.some(({ progress }) => progress?.done === 1));
    await change(
      "status = 'failed', finished_at = now(), error_code = 'ST601', error_message = 'The cloud provider cannot be reached.'",
      runOf(),
    );
    await following;
    assert.is(seen.at(-1)?.status, "failed");
    assert.match(
      describe(seen.at(-1) as StatusFragment),
      /is failed, 1 of \d+ steps, \d+ %: The cloud provider cannot be reached\.$/,
    );
  });

  test(`${name}: says so when there is no such run`, async () => {
    const stranger = await token("user", cast.bob.id);
    const failure = await follow(`${api.url}/graphql`, stranger, runOf())
      .next()
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    assert.ok(failure);
  });
}

async function change(what: string, runId: string): Promise<void> {
  await api.database.pool.query(`update steward.runs set ${what} where id = $1`, [runId]);
  await api.database.pool.query("select pg_notify('run_changed', $1)", [runId]);
}

test.run();
