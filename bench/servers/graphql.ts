// The API as it is, for measurements.
import { randomBytes } from "node:crypto";
import { createApi } from "../../server/api.ts";
import { loadConfig } from "../../server/config.ts";

const { BENCH_OWNER_URL: ownerUrl, BENCH_API_URL: apiUrl = "", BENCH_SECRET: jwtSecret } = process.env;
const config = loadConfig({ PORT: "0", DATABASE_URL: ownerUrl, API_DATABASE_URL: apiUrl });
const server = await createApi({ config, apiUrl, jwtSecret, encryptionKey: randomBytes(32) });
process.send?.(await server.listen());
