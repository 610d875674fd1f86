// Works off a lane's backlog of steps. Added by the engine, not part of any lifecycle.
import type { Task } from "graphile-worker";
import { z } from "zod";
import { drainLane } from "../server/engine/drain.ts";
import { engineOf } from "../server/engine/processes.ts";

const payloadSchema = z.object({ lane: z.string(), is_call: z.boolean().default(false) });

export default (async (payload, helpers) => {
  const { lane, is_call } = payloadSchema.parse(payload);
  const engine = engineOf(helpers.job.locked_by);
  // One of many calls, perhaps: they meet in one drain, or in the one that is at work here.
  if (is_call && !engine.drains.has(lane)) await engine.wakeDrain(lane);
  else await drainLane(engine, lane);
}) satisfies Task;
