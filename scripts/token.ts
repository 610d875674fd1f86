// npm run token -- --role admin|user [--sub UUID]: prints a token for the API on the last line of stdout, valid for 12 hours.
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { tell } from "steward/command";
import { signToken } from "steward/http/sign-token";
import { resolveJwtSecret } from "steward/setting/jwt-secret";
import { z } from "zod";
import { loadConfigOrExit } from "../server/config.ts";

const USAGE =
  "usage: npm run token -- --role admin|user [--sub UUID] [--username NAME] [--email ADDRESS] [--name NAME]";

const argumentsSchema = z.strictObject({
  role: z.enum(["admin", "user"], "--role must be admin or user"),
  sub: z.uuid("--sub must be a UUID").default(() => randomUUID()),
  username: z.string().min(1, "--username must not be empty").optional(),
  email: z.email("--email must be an e-mail address").optional(),
  name: z.string().min(1, "--name must not be empty").optional(),
});
type Arguments = z.infer<typeof argumentsSchema>;

const { role, ...person } = readArguments();
const config = loadConfigOrExit();
const secret =
  resolveJwtSecret(config) ?? refuse("JWKS_URL is set: tokens come from the identity provider, not from here");
process.stdout.write(
  `${await signToken(secret, config.jwt, { ...person, role: role === "admin" ? "admin" : "reader" })}\n`,
);

function readArguments(): Arguments {
  try {
    const option = { type: "string" } as const;
    const options = { role: option, sub: option, username: option, email: option, name: option };
    const parsed = argumentsSchema.safeParse(parseArgs({ options }).values);
    return parsed.success ? parsed.data : refuse(`${parsed.error.issues[0]?.message}; ${USAGE}`);
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message.split(". ")[0] : error}; ${USAGE}`);
  }
}

function refuse(sentence: string): never {
  tell(`steward: ${sentence}`);
  process.exit(2);
}
