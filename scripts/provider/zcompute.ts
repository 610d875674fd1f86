// What nobody has published about zCompute, put to a cluster as questions. Without `write` nothing is changed there.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { StewardError } from "steward/errors";
import type { CallContext } from "../../server/providers/http.ts";
import { SHARED } from "../../server/providers/shared.ts";
import { createApi, TROUBLE } from "../../server/providers/zcompute/api.ts";
import type { ZComputeConfig, ZComputeRegion } from "../../server/providers/zcompute/config.ts";
import { createLists, type Lists } from "../../server/providers/zcompute/lists.ts";
import { createRoles } from "../../server/providers/zcompute/roles.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import { type Hidden, redact } from "./redact.ts";

type Api = ReturnType<typeof createApi>;
type Method = Parameters<Api["call"]>[0];

interface Asking {
  readonly api: Api;
  readonly lists: Lists;
  readonly recorder: Recorder;
  readonly region: ZComputeRegion;
  readonly ctx: CallContext;
  readonly say: (line: string) => void;
  /** Asks; whatever comes of it is an answer. */
  ask(question: string, method: Method, path: string, body?: unknown): Promise<number | undefined>;
}

export interface Findings {
  readonly exchanges: readonly unknown[];
  /** What was made and could not be removed again. */
  readonly left: readonly string[];
}

interface Wanted {
  readonly write: boolean;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** How long a project is waited for. */
  readonly waitMs?: number;
}

/** Asks one region. Throws what keeps it from signing in. */
export async function checkZCompute(config: ZComputeConfig, region: ZComputeRegion, wanted: Wanted): Promise<Findings> {
  const recorder = createRecorder({ codes: TROUBLE, maxInFlight: 1, ca: config.ca, timeoutMs: config.timeoutMs });
  const api = createApi(region, recorder.http);
  const ctx = { signal: wanted.signal, guard: () => wanted.signal.throwIfAborted() };
  const asking: Asking = { api, lists: createLists(api), recorder, region, ctx, say: wanted.say, ask };
  recorder.begin("signing in");
  await api.domainId(ctx);
  await look(asking);
  const left = wanted.write ? await change(asking, config, wanted.waitMs ?? 10 * 60_000) : [];
  return { exchanges: redact(recorder.exchanges, hiddenOf(region)), left };

  async function ask(question: string, method: Method, path: string, body?: unknown): Promise<number | undefined> {
    recorder.begin(question);
    await unlessRefused(() => api.call(method, path, ctx, body));
    const status = recorder.exchanges.at(-1)?.answer?.status;
    wanted.say(`${question}: ${status ?? "no answer"}`);
    return status;
  }
}

/** Reads, and changes nothing. */
async function look({ api, lists, recorder, region, ctx, ask }: Asking): Promise<void> {
  const domain = new URLSearchParams({ domain_id: await api.domainId(ctx) }).toString();
  await ask("the account's projects", "GET", `/identity/projects?${domain}`);
  await ask("projects by name", "GET", `/identity/projects?${domain}&name=default`);
  const project = (await lists.projects(ctx))[0]?.id ?? "none";
  await ask("one project by its id", "GET", `/identity/projects/${project}`);
  await ask("a project that is not there", "GET", `/identity/projects/${"0".repeat(32)}`);
  await ask("the account's users", "GET", `/identity/users?${domain}`);
  const own = (await lists.users(ctx)).find(({ name }) => name.toLowerCase() === region.username.toLowerCase());
  await ask("a user that is not there", "GET", `/identity/users/${"0".repeat(32)}`);
  await ask("own projects", "GET", "/identity/users/myself/projects");
  await ask("domains", "GET", "/identity/domains");
  await ask("roles", "GET", "/identity/roles");
  await ask("what a user has", "GET", `/identity/role_assignments?user.id=${own?.id}`);
  await ask("who is in a project", "GET", `/identity/role_assignments?scope.project.id=${project}`);
  await ask("access keys as Keystone has them", "GET", `/identity/users/${own?.id}/credentials/OS-EC2`);
  await ask("networks", "GET", "/vpcs");
  recorder.begin("a token that is not one");
  const url = `${region.url}/api/v2/identity/projects?${domain}`;
  await recorder.http.send({ method: "GET", url, headers: { "x-auth-token": "0" }, changes: false }, ctx);
}

/** Makes a project and an account, tries on them what nobody says, and removes them. */
async function change(asking: Asking, config: ZComputeConfig, waitMs: number): Promise<string[]> {
  const { api, lists, ctx, ask } = asking;
  const domain_id = await api.domainId(ctx);
  const name = `sd-check-${randomBytes(4).toString("hex")}`;
  const description = "made by a check of Steward; may be removed";
  const projectId = async () => (await lists.projects(ctx)).find((one) => one.name === name)?.id;
  const userId = async () => (await lists.users(ctx)).find((one) => one.name === name)?.id;
  try {
    await ask("making a project", "POST", "/identity/projects", {
      ...config.createProjects,
      name,
      domain_id,
      description,
    });
    await ask("making it again", "POST", "/identity/projects", {
      ...config.createProjects,
      name,
      domain_id,
      description,
    });
    const project = await projectId();
    const email = `${name}@example.com`;
    const password = `${randomBytes(24).toString("base64url")}-aA1!`;
    const user = { name, email, password, project_id: "", domain_id, must_change_password: false };
    await ask("making an account", "POST", "/identity/users", user);
    await ask("making it again", "POST", "/identity/users", user);
    const account = await userId();
    if (project !== undefined) {
      if (config.needsNetwork === true) await waitForNetwork(asking, project, waitMs);
      const path = `/identity/projects/${project}`;
      await ask("describing the project", "PUT", path, { description: `${description}.` });
      await ask("disabling it", "PUT", path, { enabled: false });
      await ask("enabling it", "PUT", path, { enabled: true });
      await ask("the project as it is now", "GET", path);
      if (account !== undefined) await tryMember(asking, config, project, account);
    }
    if (account !== undefined) await ask("removing an account that has a role", "DELETE", `/identity/users/${account}`);
    if (project !== undefined)
      await ask("removing a project with nothing in it", "DELETE", `/identity/projects/${project}`);
    if (project !== undefined) await ask("removing it again", "DELETE", `/identity/projects/${project}`);
  } finally {
    await tidy(asking, name);
  }
  return remaining(asking, name);
}

async function tryMember({ ask }: Asking, config: ZComputeConfig, project: string, account: string): Promise<void> {
  const [word] = createRoles(config.roles ?? {}).wordsFor("member");
  const path = `/identity/projects/${project}/users/${account}/roles`;
  const having = `/identity/role_assignments?user.id=${account}`;
  await ask("what a new account has", "GET", having);
  await ask("giving a role", "PUT", `${path}/${encodeURIComponent(word)}`);
  await ask("giving it again", "PUT", `${path}/${encodeURIComponent(word)}`);
  await ask("giving a role that is not there", "PUT", `${path}/no_such_role`);
  await ask("what the account has then", "GET", having);
  const keys = `/identity/users/${account}/credentials/OS-EC2`;
  await ask("making an access key as Keystone does", "POST", keys, { tenant_id: project });
  await ask("the keys then", "GET", keys);
  await ask("taking the role", "DELETE", `${path}/${encodeURIComponent(word)}`);
  await ask("taking it again", "DELETE", `${path}/${encodeURIComponent(word)}`);
  await ask("giving it back", "PUT", `${path}/${encodeURIComponent(word)}`);
}

/** Asks until the project has a network. */
async function waitForNetwork({ lists, recorder, ctx, say }: Asking, project: string, waitMs: number): Promise<void> {
  recorder.begin("waiting for the project's network");
  const begun = performance.now();
  const waited = () => Math.round((performance.now() - begun) / 1000);
  while (!(await lists.hasNetwork(project, ctx))) {
    if (performance.now() - begun > waitMs) return say(`no network after ${waited()} s`);
    await sleep(5_000, undefined, { signal: ctx.signal });
  }
  say(`a network after ${waited()} s`);
}

/** Whatever happened, also when somebody stopped it, nothing of ours stays. */
async function tidy({ api, recorder, lists, say }: Asking, name: string): Promise<void> {
  recorder.begin("tidying up");
  const rows = { users: await lists.users(SHARED), projects: await lists.projects(SHARED) };
  for (const kind of ["users", "projects"] as const) {
    const made = rows[kind].find((row) => row.name === name);
    if (made === undefined) continue;
    say(`tidying up: removing ${name} from ${kind}`);
    await unlessRefused(() => api.call("DELETE", `/identity/${kind}/${made.id}`, SHARED));
  }
}

async function remaining({ lists }: Asking, name: string): Promise<string[]> {
  const isMade = (row: { name: string }) => row.name === name;
  const [projects, users] = [await lists.projects(SHARED), await lists.users(SHARED)];
  return [
    ...projects.filter(isMade).map(() => `the project ${name}`),
    ...users.filter(isMade).map(() => `the account ${name}`),
  ];
}

/** Whatever comes of it is an answer. */
async function unlessRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
  }
}

function hiddenOf({ password, totpSecret, keys, username, account, project }: ZComputeRegion): Hidden {
  const ofKeys = Object.values(keys ?? {}).flatMap(({ access, secret }) => [access, secret]);
  const isThere = (one: string | undefined) => one !== undefined;
  return {
    secrets: [password, totpSecret, ...ofKeys].filter(isThere),
    names: [username, account, project].filter(isThere),
  };
}
