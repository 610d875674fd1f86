// A process that attaches to the embedded Postgres of a folder, says so, and gives it up at the end of its stdin. Used by the tests beside it.
import { once } from "node:events";
import { attachEmbedded } from "steward/embedded/client";

const { services, release } = await attachEmbedded(process.argv[2] ?? "", {
  services: ["postgres"],
  postgresSettings: { fsync: "off" },
});
process.stdout.write(`${services.postgres.databaseUrl}\n`);
process.stdin.resume();
await once(process.stdin, "end");
await release();
