// steward token: a token for the API, where no identity provider issues them.
import { InvalidArgumentError } from "commander";
import { EngineError } from "../../errors/index.ts";
import type { Role } from "../../http/tokens.ts";
import { type AddCommand, action, type Context } from "../action.ts";

const HELP = `
It is signed with JWT_SECRET, or with the secret that this folder's data folder keeps, and valid for 12 hours. It stands alone on
stdout. Where JWKS_URL is set, tokens come from the identity provider.

  $ npx steward token --sub 42                          someone who sees what belongs to 42
  $ npx steward token --role admin --sub operator       someone who sees everything`;

interface Options {
  readonly sub: string;
  readonly role: Role;
}

const add: AddCommand = (program) => {
  program
    .command("token")
    .summary("print a token for the API")
    .description("Prints a token for the API.")
    .requiredOption("--sub <id>", "whose: the id that runs carry as their owner")
    .option("--role <role>", "admin or reader", readRole, "reader")
    .addHelpText("after", HELP)
    .action(action(print));
};

export default add;

function readRole(text: string): Role {
  if (text === "admin" || text === "reader") return text;
  throw new InvalidArgumentError("It must be admin or reader.");
}

async function print(context: Context, { sub, role }: Options): Promise<void> {
  const { signToken } = await import("../../http/sign-token.ts");
  const { resolveJwtSecret } = await import("../../setting/jwt-secret.ts");
  const { engine } = await context.setting();
  const secret = resolveJwtSecret(engine);
  if (secret === undefined)
    throw new EngineError("ST801", {
      sentence: "JWKS_URL is set: tokens come from the identity provider, not from here.",
    });
  const token = await signToken(secret, engine.jwt, { role, sub });
  context.print(token, { token });
}
