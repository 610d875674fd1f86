// The zCompute adapter, put to what every cloud adapter must do: at its stand-in, configured to make, change and remove projects. Keys are
// left out: they are signed for the address that is asked, which is not the proxy's.
import { suite } from "uvu";
import { startZCompute } from "../../../../server/embedded/zcompute/index.ts";
import type { CloudMember } from "../../../../server/providers/cloud.ts";
import { createZCompute } from "../../../../server/providers/zcompute/index.ts";
import { openProxy } from "./proxy.ts";
import { type RegionBench, regionSuite } from "./regions.ts";

const there = await startZCompute();
const { store, url: target, ...login } = there;
const proxy = await openProxy(target);
const MEMBER = "_member_";
const isOf = (member: CloudMember) => (grant: { userId: string; projectId: string }) =>
  grant.userId === member.userExternalId && grant.projectId === member.projectExternalId;
const stateOf = ({ id, enabled }: { id: string; enabled: boolean }) => ({ externalId: id, enabled });

const bench: RegionBench = {
  proxy,
  signIn: /\/identity\/auth$/,
  connect: ({ url = proxy.url, secret = login.password, timeoutMs } = {}) =>
    createZCompute({
      regions: [{ name: "r", url, account: login.account, username: login.username, password: secret }],
      createProjects: { ip_pool_id: "pool" },
      changeProjects: true,
      removeProjects: true,
      timeoutMs,
    }).in("r"),
  roles: { owner: MEMBER, admin: MEMBER, member: MEMBER },
  hasNames: false,
  hasCredentials: false,
  unknownId: "0".repeat(32),
  byHand: {
    projects: async ({ key }) => [...store.projects.values()].filter(({ name }) => name === `sd-${key}`).map(stateOf),
    disableProject: async (id) => Object.assign(store.projects.get(id) ?? {}, { enabled: false }),
    users: async ({ key }) => [...store.users.values()].filter(({ name }) => name.startsWith(`sd-${key}`)).map(stateOf),
    makeUser: async (name) => store.addUser({ name }),
    changeUser: async (id, changes) => Object.assign(store.users.get(id) ?? {}, changes),
    roles: async (member) => store.grants.filter(isOf(member)).map(({ role }) => role),
    revoke: async (member) => store.grants.splice(store.grants.findIndex(isOf(member)), 1),
    credentials: async () => [],
  },
};

const test = suite("conformance: zCompute, experimental");
test.after.each(() => {
  proxy.meet = () => undefined;
});
test.after(async () => {
  await proxy.close();
  await there.close();
});
regionSuite(test, () => bench);
test.run();
