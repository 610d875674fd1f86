// Who is signed in: a token, kept for as long as the browser's tab, never in an address.
import { finishSignIn, isReturn, type OpenId } from "./open-id.ts";
import { createStore } from "./store.ts";

export interface Session {
  readonly state: "starting" | "in" | "out";
  /** Why one is out, a sentence. */
  readonly reason?: string;
  /** Another one after each sign-in: everything is asked for anew. */
  readonly number: number;
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
    signIn(await finishSignIn(openId));
  } catch (error) {
    signOut(`You could not be signed in${error instanceof Error ? `: ${error.message}` : ""}.`);
  }
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
  signedIn();
}

export function signOut(reason?: string): void {
  sessionStorage.removeItem(KEY);
  session.set({ state: "out", ...(reason !== undefined && { reason }), number: session.get().number });
}

function signedIn(): void {
  session.set({ state: "in", number: session.get().number + 1 });
}

async function askToken(reason: string | undefined): Promise<boolean> {
  if (settings.get().signsIn) {
    const answer = await fetch("/console/token", { method: "POST" });
    if (answer.ok) {
      const { token } = (await answer.json()) as { token: string };
      signIn(token);
      return true;
    }
  }
  signOut(reason);
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
