// For npm start: breaks and repairs the stand-ins of the drive and the cloud, for a newcomer who wants to see what happens then.
import type { FastifyInstance, FastifyRequest } from "fastify";
import { EngineError } from "steward/errors";
import type { Authenticate } from "steward/http/identity";
import { fetch } from "undici";
import { z } from "zod";

/** By their names: where each is told to fail, and with which password. */
export type StandIns = Readonly<Record<string, { readonly url: string; readonly password: string }>>;

/** For so long at most: whoever forgets it finds it repaired. */
const BROKEN_MS = 3_600_000;
const PATIENCE_MS = 5_000;

const Wanted = z.strictObject({ broken: z.boolean() });

/** For administrators. `GET /stand-ins` says which are broken, `PUT /stand-ins/NAME` breaks or repairs one. */
export function addStandIns(app: FastifyInstance, authenticate: Authenticate, standIns: StandIns): void {
  const brokenUntil = new Map<string, number>();
  const state = () =>
    Object.fromEntries(Object.keys(standIns).map((name) => [name, (brokenUntil.get(name) ?? 0) > performance.now()]));
  const requireOperator = async ({ headers }: FastifyRequest) => {
    if ((await authenticate(headers.authorization)).role !== "admin") throw new EngineError("ST102");
  };

  app.get("/stand-ins", async (request) => {
    await requireOperator(request);
    return state();
  });
  app.put<{ Params: { name: string } }>("/stand-ins/:name", async (request) => {
    await requireOperator(request);
    const { name } = request.params;
    const standIn = standIns[name];
    const wanted = Wanted.safeParse(request.body);
    if (!standIn || !Object.hasOwn(standIns, name)) throw new EngineError("ST110");
    if (!wanted.success) throw new EngineError("ST109", { sentence: "broken must be true or false." });
    await setBroken(standIn, wanted.data.broken);
    brokenUntil.set(name, wanted.data.broken ? performance.now() + BROKEN_MS : 0);
    return state();
  });
}

async function setBroken({ url, password }: StandIns[string], isBroken: boolean): Promise<void> {
  const answer = await fetch(new URL("/_admin/faults", url), {
    method: isBroken ? "POST" : "DELETE",
    headers: { "x-admin-password": password, "content-type": "application/json" },
    body: isBroken ? JSON.stringify({ kind: "fail", status: 503, forMs: BROKEN_MS }) : null,
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!answer.ok) throw new Error(`the stand-in at ${url} answered ${answer.status}`);
  await answer.body?.cancel();
}
