// Whether a connection goes through a transaction pooler is found out while others are at work there too.
import { isBehindPooler } from "steward/engine/pooler";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDatabase } from "../../helpers/database.ts";
import { type PoolerOptions, startPooler } from "../../helpers/pooler.ts";

const test = suite("pooler");

async function isFound(options: PoolerOptions): Promise<boolean> {
  const pooler = await startPooler(options);
  return isBehindPooler(pooler.url).finally(pooler.close);
}

test("one that lends server processes is found, idle or busy, however many it has", async () => {
  for (const lends of ["last", "next"] as const)
    for (const servers of [1, 2, 3, 20])
      assert.ok(await isFound({ lends, servers }), `${servers} server processes, the ${lends} one`);
});

test("one that lends a server process for the session is none", async () => {
  assert.is(await isFound({ lends: "session", servers: 20 }), false);
});

test("nor is Postgres itself", async () => {
  const database = await createDatabase();
  assert.is(await isBehindPooler(database.ownerUrl), false);
  await database.close();
});

test.run();
