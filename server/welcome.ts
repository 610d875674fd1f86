// What npm start tells whoever started it: where everything is, and a token. Again when it runs already.
import { randomUUID } from "node:crypto";
import { signToken } from "steward/http/sign-token";
import { isExperimental } from "./clouds-file.ts";
import type { Config } from "./config.ts";
import type { Services } from "./services.ts";

const STAND_IN = "embedded: a stand-in, nothing real";
const DRIVE_SETTING = { nextcloud: "NEXTCLOUD_URL", scim: "SCIM_URL" };

/** Of the process that serves at `url` now. */
export async function welcome(url: string, config: Config, services: Services, isQuiet: boolean): Promise<string> {
  const { drive, clouds, jwtSecret } = services;
  return [
    "",
    `Steward is ready at ${url}`,
    `  GraphQL   ${url}/graphql`,
    ...(config.introspection ? [`  GraphiQL  ${url}/graphiql`] : []),
    `  Drive     ${drive.url}   ${drive.embedded ? STAND_IN : DRIVE_SETTING[drive.kind]}`,
    ...clouds.map((cloud) => `  Cloud     ${cloud.url}   ${cloud.embedded ? STAND_IN : called(cloud)}`),
    ...postgres(config, services),
    ...(await token(config, jwtSecret)),
    "",
    ...(isQuiet ? ["Only what is amiss is logged here. All that is done: LOG_LEVEL=info npm start"] : []),
    "Ctrl-C stops it. To see this address and a token again: npm start",
    "",
    "",
  ].join("\n");
}

/** Of another process. */
export async function welcomeAgain(url: string, config: Config, jwtSecret: string | undefined): Promise<string> {
  const lines = [
    `Steward runs already at ${url}: nothing was started.`,
    "If that one is not this folder's, choose another port: PORT=5679 npm start",
    ...(await token(config, jwtSecret)),
  ];
  return `\n${lines.join("\n")}\n\n`;
}

function called(cloud: Services["clouds"][number]): string {
  return isExperimental(cloud) ? `${cloud.provider}, experimental` : cloud.provider;
}

function postgres(config: Config, { database: { embedded, url } }: Services): string[] {
  if (!embedded) return ["  Postgres  as in DATABASE_URL"];
  // In production stdout goes to where logs are kept: no secret belongs there.
  return config.environment === "production" ? ["  Postgres  embedded"] : ["  Postgres  embedded:", url];
}

async function token({ environment, jwt }: Config, secret: string | undefined): Promise<string[]> {
  if (secret === undefined || environment === "production") return [];
  return [
    "The page at that address needs no token. For others, an administrator's, good",
    "for 12 hours (another one: npm run token):",
    await signToken(secret, jwt, { role: "admin", sub: randomUUID() }),
  ];
}
