// pg-boss. What a worker held that was killed comes back when its heartbeat has been missing for ten seconds, the shortest there is.
import { createBoss, QUEUE } from "../../peers/boss.ts";
import type { System } from "../system.ts";

export const pgBoss: System = {
  name: "pg-boss",
  worker: new URL("./worker.ts", import.meta.url),
  tables: ["pgboss.job_common"],
  unfinished: "select data->>'subject' as subject from pgboss.job where state <> 'completed'",
  async install(_url, pool) {
    const boss = createBoss({
      db: { executeSql: (text: string, values?: unknown[]) => pool.query(text, values) },
      supervise: false,
      schedule: false,
    });
    await boss.start();
    await boss.createQueue(QUEUE, { notify: true, heartbeatSeconds: 10 });
    return {
      offer: (jobs) =>
        boss.insert(
          QUEUE,
          jobs.map((data) => ({ data })),
        ),
      close: () => boss.stop({ graceful: false }),
    };
  },
};
