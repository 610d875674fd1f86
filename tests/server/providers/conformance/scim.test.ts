// The SCIM adapter, put to what every drive adapter must do: at a service of the tests' own, or at the one in SCIM_URL and SCIM_TOKEN.
import { suite } from "uvu";
import { createScim } from "../../../../server/providers/scim/index.ts";
import { startScimService } from "../../../helpers/scim-service.ts";
import { type AccountBench, accountSuite } from "./accounts.ts";
import { openProxy } from "./proxy.ts";
import { scimByHand } from "./scim-by-hand.ts";

const { SCIM_URL: url, SCIM_TOKEN: token = "" } = process.env;
const own = url ? undefined : await startScimService();
const service = own ?? { url: url ?? "", token };
const proxy = await openProxy(service.url);
const bench: AccountBench = {
  proxy,
  connect: ({ secret = service.token, ...more } = {}) =>
    createScim({ url: proxy.url, token: secret, removal: "delete", ...more }),
  byHand: scimByHand(service, own?.users),
};

const test = suite("conformance: SCIM");
test.after.each(() => {
  proxy.meet = () => undefined;
});
test.after(async () => {
  await proxy.close();
  await own?.close();
});
accountSuite(test, () => bench);
test.run();
