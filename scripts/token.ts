// npm run token -- --role admin|user [--sub UUID]: prints a token for the API on the last line of stdout, valid for 12 hours.
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { SignJWT } from "jose";
import { z } from "zod";
import { type JwtConfig, loadConfigOrExit } from "../server/config.ts";
import { resolveJwtSecret } from "../server/services.ts";

const HOURS = 12;
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

const wanted = readArguments();
const config = loadConfigOrExit();
const secret =
  resolveJwtSecret(config) ?? refuse("JWKS_URL is set: tokens come from the identity provider, not from here");
process.stdout.write(`${await sign(secret, config.jwt, wanted)}\n`);

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

function sign(secret: string, jwt: JwtConfig, { role, sub, username, email, name }: Arguments): Promise<string> {
  // The role goes where the server looks for it, in the words it looks for.
  const [word] = role === "admin" ? jwt.adminRoles : jwt.userRoles.filter((value) => value !== "*");
  const claims = { [jwt.roleClaim[0] ?? "role"]: nest(jwt.roleClaim.slice(1), word ?? role) };
  return new SignJWT({ ...claims, preferred_username: username, email, name })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(`${HOURS}h`)
    .sign(new TextEncoder().encode(secret));
}

function nest(path: readonly string[], value: string): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

function refuse(sentence: string): never {
  process.stderr.write(`steward: ${sentence}\n`);
  process.exit(2);
}
