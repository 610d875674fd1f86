// The OpenStack adapter against a real Keystone (`npm run test:keystone`): the one in OS_AUTH_URL and its companions, or one on
// loopback, port 15000, with the administrator of a fresh bootstrap. It fails, rather than skips, when there is none.
// test-timeout: 600
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { converse } from "../embedded/cloud-conversation.ts";
import { findKeystone } from "./find-keystone.ts";
import { adapterSuite, type Bench, openBench } from "./openstack-suite.ts";

const test = suite("openstack, real Keystone");
let bench: Bench;

test.before(async () => {
  bench = await openBench(await findKeystone());
});
test.after(async () => {
  await bench.raw.cleanUp();
});

adapterSuite(test, () => bench);

test("it answers as recorded; the embedded cloud is held against the same record", async () => {
  const recorded: unknown = JSON.parse(
    readFileSync(new URL("../embedded/cloud-answers.json", import.meta.url), "utf8"),
  );
  assert.equal(await converse(bench.raw), recorded);
});

test.run();
