// The OpenStack adapter, put to what every cloud adapter must do: at a real Keystone (`npm run test:keystone`).
// test-timeout: 600
import { suite } from "uvu";
import { findKeystone } from "../find-keystone.ts";
import { openStackBench } from "./openstack-bench.ts";
import { regionSuite } from "./regions.ts";

const bench = await openStackBench(await findKeystone());
const test = suite("conformance: OpenStack, real Keystone");
test.after.each(() => {
  bench.proxy.meet = () => undefined;
});
test.after(() => bench.close());
regionSuite(test, () => bench);
test.run();
