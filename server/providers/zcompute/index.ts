// The cloud provider Zadara zCompute, EXPERIMENTAL: made from what others have published, tried against no cluster. docs/providers/zcompute.md
// says what of it is certain and what is a guess; where it guesses it does too little rather than too much.

import { EngineError } from "steward/errors";
import { log } from "steward/log";
import { AppError } from "../../errors.ts";
import type { Cloud, CloudRegion } from "../cloud.ts";
import { createHttp } from "../http.ts";
import { createApi, TROUBLE } from "./api.ts";
import { compareMembers, compareProject, compareUser } from "./compare.ts";
import { problemsOf, type ZComputeConfig, type ZComputeRegion } from "./config.ts";
import { createIam } from "./iam.ts";
import { createKeys } from "./keys.ts";
import { createLists } from "./lists.ts";
import { ensureMember, removeMember } from "./members.ts";
import { ensureProject, removeProject, renameProject, setProjectEnabled } from "./projects.ts";
import type { Region } from "./region.ts";
import { createRoles } from "./roles.ts";
import { ensureUser, removeUser, renameUser } from "./users.ts";

/** The provider. Make it once per process: its steps share tokens, lists and the bound on calls at once. Nothing is asked yet. */
export function createZCompute(config: ZComputeConfig): Cloud {
  const [problem] = problemsOf(config);
  if (problem !== undefined)
    throw new EngineError("ST801", { sentence: `The cloud zCompute cannot be set up like this: ${problem}.` });
  const name = config.name ?? "zcompute";
  log.warn(
    { cloud: name },
    "zCompute is experimental: it was tried against no cluster; see docs/providers/zcompute.md",
  );
  const regions = new Map(config.regions.map((region) => [region.name, openRegion(region, config)]));
  return {
    name,
    regions: [...regions.keys()],
    defaultRegion: config.regions[0]?.name ?? "",
    in(name) {
      const region = regions.get(name);
      if (region === undefined) throw new AppError("ST617", { sentence: `There is no cloud region "${name}".` });
      return region;
    },
  };
}

const MOST_IN_FLIGHT = 8;

function openRegion(where: ZComputeRegion, config: ZComputeConfig): CloudRegion {
  const { maxInFlight = MOST_IN_FLIGHT, timeoutMs, ca } = config;
  const http = createHttp({ codes: TROUBLE, maxInFlight, timeoutMs, ca });
  const api = createApi(where, http);
  const lists = createLists(api);
  const keys = createKeys(where, createIam(where, http), lists);
  const region: Region = { api, lists, keys, roles: createRoles(config.roles ?? {}), allowed: config };
  return {
    ensureProject: (project, ctx) => ensureProject(region, project, ctx),
    setProjectEnabled: (project, enabled, ctx) => setProjectEnabled(region, project, enabled, ctx),
    renameProject: (project, ctx) => renameProject(region, project, ctx),
    removeProject: (project, ctx) => removeProject(region, project, ctx),
    ensureUser: (user, ctx) => ensureUser(region, user, ctx),
    renameUser: (user, ctx) => renameUser(region, user, ctx),
    // Names there carry our key: where one is taken, no other user of ours can give it up.
    findHolder: async (name) => ({ key: null, name }),
    removeUser: (user, ctx) => removeUser(region, user, ctx),
    ensureMember: (member, ctx) => ensureMember(region, member, ctx),
    removeMember: (member, ctx) => removeMember(region, member, ctx),
    compareProject: (project, ctx) => compareProject(region, project, ctx),
    compareUser: (user, ctx) => compareUser(region, user, ctx),
    compareMembers: (expected, ctx) => compareMembers(region, expected, ctx),
    createCredential: (member, ctx) => keys.create(member, ctx),
    keepCredential: (member, ctx) => keys.keep(member, ctx),
  };
}
