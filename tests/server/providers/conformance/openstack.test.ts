// The OpenStack adapter, put to what every cloud adapter must do: at the embedded cloud.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import { startCloud } from "../../../../server/embedded/cloud/index.ts";
import { openStackBench } from "./openstack-bench.ts";
import { regionSuite } from "./regions.ts";

const dir = mkdtempSync(join(tmpdir(), "steward-cloud-"));
const cloud = await startCloud({ dir, latency: { min: 0, max: 0 } });
const bench = await openStackBench({ ...cloud, name: cloud.regionName, authUrl: cloud.url });
const test = suite("conformance: OpenStack");
test.after.each(() => {
  bench.proxy.meet = () => undefined;
});
test.after(async () => {
  await bench.close();
  await cloud.close();
  rmSync(dir, { recursive: true });
});
regionSuite(test, () => bench);
test.run();
