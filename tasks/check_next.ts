// Every night: has those users and projects compared with the providers who were not for the longest time, within a budget of requests.
import type { Task } from "graphile-worker";
import { log } from "steward/log";
import { z } from "zod";

const payloadSchema = z.object({ requests: z.int().positive() });

export default (async (payload, { query }) => {
  const { requests } = payloadSchema.parse(payload);
  const text = "select users, projects from app_private.check_next($1)";
  const { rows } = await query<{ users: number; projects: number }>(text, [requests]);
  log.info({ ...rows[0], requests }, "comparing users and projects with the providers");
}) satisfies Task;
