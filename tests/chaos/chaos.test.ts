// test-timeout: 300
// A short chaos run: half a minute of everything going wrong, then every promise is looked at. `npm run chaos` does it for longer.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runChaos } from "./run.ts";

const test = suite("chaos");

test("half a minute of chaos breaks no promise", async () => {
  const { checks, faults, client, history } = await runChaos({
    seed: 42,
    minutes: 0.5,
    finishedRuns: 20_000,
    say: () => undefined,
  });
  const broken = checks.filter(({ problems }) => problems.length > 0);
  assert.equal(broken, [], history.join("\n"));
  assert.ok(checks.length > 15 && client.done > 50 && Object.keys(faults).length > 5);
});

test.run();
