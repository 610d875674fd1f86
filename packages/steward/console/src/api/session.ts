// Who is signed in: a token, kept for as long as the browser's tab, never in an address.
import { restoreDrafts } from "./drafts.ts";
import { finishSignIn, isReturn, type OpenId } from "./open-id.ts";
import { createStore } from "./store.ts";
import { factsOf, type TokenFacts } from "./token.ts";

export interface Session {
  /** ended: the token has, and the page stays as it is for the same person's next one. */
  readonly state: "starting" | "in" | "ended" | "out";
  /** Why one is out, a sentence. */
  readonly reason?: string;
  /** Another one for another person: everything is asked for anew. */
  readonly number: number;
  /** What the token says of itself. */
  readonly token?: TokenFacts;
}

export interface Settings {
  /** The server gives this browser a token by itself. */
  readonly signsIn: boolean;
  readonly graphiql: boolean;
  /** Where people sign in; absent where they cannot. */
  readonly openId?: OpenId;
  /** What an application tells its own views. */
  readonly application: Readonly<Record<string, unknown>>;
}

const KEY = "steward.token";

export const session = createStore<Session>({ state: "starting", number: 0 });
export const settings = createStore<Settings>({ signsIn: false, graphiql: false, application: {} });

let renewing: Promise<boolean> | undefined;
/** Whether the server has taken the token: what it never took has not ended. */
let wasAccepted = false;

export function noteAccepted(): void {
  wasAccepted = true;
}

export function authorization(): string {
  return `Bearer ${sessionStorage.getItem(KEY) ?? ""}`;
}

/** At the start of the page. */
export async function start(): Promise<void> {
  settings.set(await askSettings());
  const { openId } = settings.get();
  if (openId && isReturn()) await finish(openId);
  else if (sessionStorage.getItem(KEY) !== null) signedIn();
  else await renew();
}

async function finish(openId: OpenId): Promise<void> {
  try {
    const { token, drafts } = await finishSignIn(openId);
    restoreDrafts(drafts);
    signIn(token);
  } catch (error) {
    signOut(`You could not be signed in${error instanceof Error ? `: ${error.message}` : ""}.`);
  }
}

/** After the server has refused what was sent with `used`. Resolves to whether there is another token now. */
export async function renewAfter(used: string): Promise<boolean> {
  return used === authorization()
    ? renew("The token has ended, or the server does not accept it.")
    : session.get().state === "in";
}

/** A token from the server where it gives any; otherwise the person is asked for one. Resolves to whether there is one now. */
export function renew(reason?: string): Promise<boolean> {
  renewing ??= askToken(reason).finally(() => {
    renewing = undefined;
  });
  return renewing;
}

export function signIn(token: string): void {
  sessionStorage.setItem(KEY, token.trim().replace(/^Bearer\s+/i, ""));
  wasAccepted = false;
  signedIn();
}

export function signOut(reason?: string): void {
  sessionStorage.removeItem(KEY);
  session.set({ state: "out", ...(reason !== undefined && { reason }), number: session.get().number });
}

/** What is on the page stays there. */
function end(): void {
  const { token, number } = session.get();
  sessionStorage.removeItem(KEY);
  session.set({ state: "ended", number, ...(token && { token }) });
}

function signedIn(): void {
  const { token: before, number } = session.get();
  const token = factsOf(sessionStorage.getItem(KEY) ?? "");
  session.set({ state: "in", token, number: before?.person === token.person ? number : number + 1 });
}

async function askToken(reason: string | undefined): Promise<boolean> {
  if (settings.get().signsIn) {
    const answer = await fetch("/console/token", { method: "POST" }).catch(() => undefined);
    // No server: the token may hold when there is one again.
    if (!answer) return false;
    if (answer.ok) {
      const { token } = (await answer.json()) as { token: string };
      signIn(token);
      return true;
    }
  }
  if (wasAccepted) end();
  else signOut(reason);
  return false;
}

/** Until the server answers: it may be starting. */
async function askSettings(): Promise<Settings> {
  for (;;) {
    try {
      const answer = await fetch("/console/settings");
      if (answer.ok) return (await answer.json()) as Settings;
    } catch {
      // No server; the page says so by itself.
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
