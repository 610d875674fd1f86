// The Nextcloud adapter, put to what every drive adapter must do: at the embedded drive, or at the Nextcloud in NEXTCLOUD_URL,
// whose limits must be off (ratelimit.protection.enabled, auth.bruteforce.protection.enabled).
import { suite } from "uvu";
import { createNextcloud } from "../../../../server/providers/nextcloud/index.ts";
import { client, openTarget } from "../nextcloud-target.ts";
import { type AccountBench, accountSuite, type FoundAccount } from "./accounts.ts";
import { openProxy } from "./proxy.ts";

const target = await openTarget();
const { ocs } = client(target.url);
const proxy = await openProxy(target.url);
const SETTINGS = { displayName: "displayname", email: "email" } as const;

const path = (externalId: string) => `/cloud/users/${externalId}`;
const change = (externalId: string, { enabled, ...changes }: Partial<FoundAccount>) =>
  Promise.all([
    ...Object.entries(changes).map(([name, value]) =>
      ocs(target.admin, "PUT", path(externalId), { key: SETTINGS[name as keyof typeof SETTINGS], value: value ?? "" }),
    ),
    enabled !== undefined && ocs(target.admin, "PUT", `${path(externalId)}/${enabled ? "enable" : "disable"}`),
  ]);

const bench: AccountBench = {
  proxy,
  connect: ({ secret = target.admin.password, ...more } = {}) =>
    createNextcloud({ url: proxy.url, adminUser: target.admin.user, adminPassword: secret, ...more }),
  byHand: {
    async find(externalId) {
      const { code, data } = await ocs(target.admin, "GET", path(externalId));
      return code === 404
        ? undefined
        : { enabled: data.enabled, displayName: data.displayname, email: data.email || null };
    },
    make: ({ externalId, password, displayName, email }) =>
      ocs(target.admin, "POST", "/cloud/users", { userid: externalId, password, displayName, email }),
    change,
    async hasPassword(user, password) {
      target.drive?.faults.forgetLimits();
      return (await ocs({ user, password }, "GET", "/cloud/user")).code === 200;
    },
  },
};

const test = suite("conformance: Nextcloud");
test.after.each(() => {
  proxy.meet = () => undefined;
});
test.after(async () => {
  await proxy.close();
  await target.close();
});
accountSuite(test, () => bench);
test.run();
