// A worker process of pg-boss at its best settings. Of its places, each batch has its share. Arguments: the owner's connection, its places.
import { once } from "node:events";
import { BEST, createBoss, QUEUE } from "../../peers/boss.ts";
import type { Job } from "../system.ts";
import { work } from "../work.ts";

/** Jobs of a killed worker are looked for so often. */
const RESCUE = { superviseIntervalSeconds: 15, monitorIntervalSeconds: 15 };

const [connectionString = "", places] = process.argv.slice(2);
const share = Number(places) / BEST.localConcurrency;
const boss = createBoss({ connectionString, useListenNotify: true, ...RESCUE });
const told = once(process, "SIGTERM");
await boss.start();
await boss.work(QUEUE, BEST, async (batch) => {
  const jobs = batch.values();
  const workOff = async () => {
    for (const { data } of jobs) await work(data as Job);
  };
  await Promise.all(Array.from({ length: share }, workOff));
});
await told;
await boss.stop({ graceful: true });
process.disconnect();
