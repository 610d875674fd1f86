// The OpenStack adapter against the embedded cloud.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import { type EmbeddedCloud, startCloud } from "../../../server/embedded/cloud/index.ts";
import { adapterSuite, type Bench, openBench } from "./openstack-suite.ts";

const test = suite("openstack, embedded");
let dir: string;
let cloud: EmbeddedCloud;
let bench: Bench;

test.before(async () => {
  dir = mkdtempSync(join(tmpdir(), "steward-cloud-"));
  cloud = await startCloud({ dir, latency: { min: 0, max: 2 } });
  bench = await openBench({ ...cloud, name: cloud.regionName, authUrl: cloud.url });
});
test.after(async () => {
  await cloud.close();
  rmSync(dir, { recursive: true });
});

adapterSuite(test, () => bench);
test.run();
