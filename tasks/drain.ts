// Works off a lane's backlog of steps. Added by the engine, not part of any lifecycle.
import type { Task } from "graphile-worker";
import { z } from "zod";
import { drainLane } from "../server/engine/drain.ts";
import { engineOf } from "../server/engine/processes.ts";

const payloadSchema = z.object({ lane: z.string() });

export default (async (payload, helpers) => {
  const { lane } = payloadSchema.parse(payload);
  await drainLane(engineOf(helpers.job.locked_by), lane);
}) satisfies Task;
