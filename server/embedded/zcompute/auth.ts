// Signing in at the stand-in: Keystone's body at an address of its own, tokens for four hours that do not say when they were issued.
import { createHmac, randomBytes } from "node:crypto";
import { z } from "zod";
import { type Answer, Refusal, refused, refusedLogin } from "./answers.ts";
import type { Project, Store, User } from "./store.ts";
import type { TrapControl } from "./traps.ts";

const Domain = z.object({ name: z.string() });
const Login = z.object({
  auth: z.strictObject({
    identity: z.object({
      methods: z.tuple([z.enum(["password", "totp", "token"])]),
      password: z.object({ user: z.object({ name: z.string(), password: z.string(), domain: Domain }) }).optional(),
      totp: z.object({ user: z.object({ name: z.string(), passcode: z.string(), domain: Domain }) }).optional(),
      token: z.object({ id: z.string() }).optional(),
    }),
    scope: z.union([
      z.object({ project: z.object({ name: z.string(), domain: Domain }) }),
      z.object({ domain: Domain }),
    ]),
  }),
});
type Login = z.infer<typeof Login>["auth"];

export interface Tokens {
  signIn(body: unknown, receipt: string | undefined): Answer;
  /** Throws the refusal for a token that is not known. */
  check(token: string | undefined): void;
  /** Makes every token unknown. */
  forget(): void;
}

const LIFE_MS = 4 * 3600_000;

export function createTokens(store: Store, account: string, totpSecret: Buffer, { switches }: TrapControl): Tokens {
  const tokens = new Map<string, User>();
  const receipts = new Map<string, User>();

  function byName(name: string, domain: { name: string }): User | undefined {
    if (domain.name !== account) throw refused(404, `Could not find domain: ${domain.name}.`);
    return [...store.users.values()].find((one) => one.name.toLowerCase() === name.toLowerCase() && one.enabled);
  }

  function identify({ identity }: Login, receipt: string | undefined): User | undefined {
    const { password, totp, token } = identity;
    if (token) return tokens.get(token.id);
    if (totp) {
      const user = receipts.get(receipt ?? "");
      return totp.user.passcode === passcode(totpSecret) && user?.name === totp.user.name ? user : undefined;
    }
    const found = password && byName(password.user.name, password.user.domain);
    return found?.password === password?.user.password ? found : undefined;
  }

  function issue(user: User, project: Project | undefined): Answer {
    const value = randomBytes(24).toString("base64url");
    tokens.set(value, user);
    const domain = { id: store.domainId, name: account };
    const token = {
      user: { id: user.id, name: user.name, domain },
      ...(project ? { project: { id: project.id, name: project.name, domain } } : { domain }),
      roles: ["tenant_admin", { name: "policy:FullAccess" }],
      expires_at: new Date(Date.now() + LIFE_MS).toISOString(),
    };
    return { status: 201, body: { token }, headers: { "x-subject-token": value } };
  }

  return {
    signIn(body, receipt) {
      const parsed = Login.safeParse(body);
      if (!parsed.success) throw refused(400, z.prettifyError(parsed.error));
      const { auth } = parsed.data;
      if (switches.signIn === "expired") throw refusedLogin("The password is expired and needs to be changed.");
      if (switches.signIn === "locked") throw refusedLogin(`The account is locked for user: ${account}.`);
      const user = identify(auth, receipt);
      if (user === undefined) throw refusedLogin("The request you have made requires authentication.");
      if (switches.signIn === "second factor" && auth.identity.password) {
        const value = randomBytes(12).toString("hex");
        receipts.set(value, user);
        const body = { receipt: { methods: ["password"] }, required_auth_methods: [["password", "totp"]] };
        throw new Refusal(401, body, { "openstack-auth-receipt": value });
      }
      if (!("project" in auth.scope)) return issue(user, undefined);
      const { name } = auth.scope.project;
      const project = [...store.projects.values()].find((one) => one.name === name && !one.is_domain);
      if (project === undefined) throw refusedLogin("The request you have made requires authentication.");
      return issue(user, project);
    },
    check(token) {
      if (tokens.has(token ?? "")) return;
      if (switches.deadToken === 404) throw refused(404, "Could not find token.");
      throw refusedLogin("The request you have made requires authentication.");
    },
    forget: () => tokens.clear(),
  };
}

/** RFC 6238, for the present time. */
function passcode(secret: Buffer): string {
  const counter = Buffer.alloc(8);
  counter.writeUInt32BE(Math.floor(Date.now() / 30_000), 4);
  const hash = createHmac("sha1", secret).update(counter).digest();
  const code = (hash.readUInt32BE((hash[19] ?? 0) % 16) % 2 ** 31) % 10 ** 6;
  return `${code}`.padStart(6, "0");
}
