// Trouble that every provider can be in, and what an adapter makes of it: the same for accounts and for clouds.
import { StewardError } from "steward/errors";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import type { CallContext } from "../../../../server/providers/http.ts";
import { context, errorOf } from "../calls.ts";
import type { Proxy, Seen, Trouble } from "./proxy.ts";

export interface Connection {
  /** Default: the proxy's. */
  readonly url?: string;
  /** The password or token to sign in with. Default: the right one. */
  readonly secret?: string;
  readonly timeoutMs?: number;
}

/** Makes an adapter as a process of its own has one: nothing is shared with others but the provider. */
export type Connect<Port> = (connection?: Connection) => Port;

/** What the tests of trouble do with a port. */
export interface Work<Port> {
  /** Makes something that is not there yet. */
  make(port: Port, ctx: CallContext): Promise<unknown>;
  /** Makes something, and returns what removes it and whether it is still there. */
  prepare(port: Port): Promise<{ remove(ctx: CallContext): Promise<unknown>; isThere(): Promise<boolean> }>;
}

export interface TroubleBench<Port> {
  readonly connect: Connect<Port>;
  readonly proxy: Proxy;
  /** The path of requests that sign in, where that is a request of its own. */
  readonly signIn?: RegExp;
}

const READS = ["GET", "HEAD", "OPTIONS", "PROPFIND"];
const PAGE = { headers: { "content-type": "text/html" }, body: "<html>Welcome</html>" };

/** Adds the tests to `test`. */
export function troubleSuite<Port>(test: Test, bench: () => TroubleBench<Port>, { make, prepare }: Work<Port>): void {
  /** An adapter that has signed in already, before which `trouble` begins. */
  async function inTrouble(trouble: Trouble): Promise<Port> {
    const { connect, proxy } = bench();
    const port = connect();
    await make(port, context());
    proxy.seen.length = 0;
    proxy.meet = (request) => (isSignIn(request) ? undefined : trouble);
    return port;
  }
  const isSignIn = ({ path }: Pick<Seen, "path">) => bench().signIn?.test(path) ?? false;
  const changes = () => bench().proxy.seen.filter((request) => isChange(request, bench().signIn));
  const errorIn = async (trouble: Trouble) => errorOf(make(await inTrouble(trouble), context()));

  test("throttled: waited for as long as the provider says, without asking again", async () => {
    const { retry, retryAfterMs } = await errorIn({ status: 429, headers: { "retry-after": "7" } });
    assert.equal([retry, retryAfterMs], ["wait", 7000]);
    assert.is(bench().proxy.seen.length, 1);
  });

  for (const [what, trouble] of [
    ["in maintenance", { status: 503 }],
    ["behind a gateway that cannot reach it", { status: 502 }],
    ["cutting connections", "drop"],
  ] as const) {
    test(`${what}: waited for`, async () => {
      assert.is((await errorIn(trouble)).retry, "wait");
    });
  }

  test("silent: waited for, once the request has had its time", async () => {
    const { connect, proxy } = bench();
    proxy.meet = () => "hang";
    assert.is((await errorOf(make(connect({ timeoutMs: 200 }), context()))).retry, "wait");
  });

  test("nobody listens at its address: waited for", async () => {
    const nobody = bench().connect({ url: "http://127.0.0.1:9" });
    assert.is((await errorOf(make(nobody, context()))).retry, "wait");
  });

  for (const [what, trouble] of [
    ["an error of its own", { status: 500 }],
    ["a page instead of an answer", { status: 200, ...PAGE }],
  ] as const) {
    test(`${what}: tried again later, using up an attempt`, async () => {
      assert.is((await errorIn(trouble)).retry, "later");
    });
  }

  test("not allowed: for a person to mend", async () => {
    assert.is((await errorIn({ status: 403 })).retry, "never");
  });

  test("'not found' in words that are not the provider's is not taken for 'gone'", async () => {
    const { connect, proxy } = bench();
    const port = connect();
    const { remove, isThere } = await prepare(port);
    proxy.meet = (request) => (isSignIn(request) ? undefined : { status: 404, ...PAGE });
    await errorOf(remove(context()));
    proxy.meet = () => undefined;
    assert.ok(await isThere());
  });

  test("a refused login is asked with once, by all who come at once, and never told", async () => {
    const { connect, proxy } = bench();
    const secret = "not-the-right-one";
    const port = connect({ secret });
    proxy.seen.length = 0;
    const errors = await Promise.all(Array.from({ length: 8 }, () => errorOf(make(port, context()))));
    assert.is(proxy.seen.length, 1);
    for (const { retry, message, cause } of errors) {
      assert.is(retry, "refused");
      assert.not.match(`${message} ${String(cause)}`, secret);
    }
    await make(connect(), context());
  });

  test("a lost lease changes nothing, and is what the call ends with", async () => {
    const { connect, proxy } = bench();
    const port = connect();
    const { remove, isThere } = await prepare(port);
    const lost = new Error("the lease is lost");
    const guard = () => {
      throw lost;
    };
    proxy.seen.length = 0;
    const ctx = context({ guard });
    for (const work of [() => make(port, ctx), () => remove(ctx)])
      assert.is(await work().catch((error: unknown) => error), lost);
    assert.equal(changes(), []);
    assert.ok(await isThere());
  });

  test("an abort reaches a request that hangs, and is what the call ends with", async () => {
    const port = await inTrouble("hang");
    const stop = new AbortController();
    const reason = new Error("shutting down");
    const work = make(port, context({ signal: stop.signal }));
    while (bench().proxy.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(reason);
    assert.is(await work.catch((error: unknown) => error), reason);
  });
}

function isChange({ method, path }: Pick<Seen, "method" | "path">, signIn: RegExp | undefined): boolean {
  return !READS.includes(method) && !(signIn?.test(path) ?? false);
}

export interface Round {
  /** As a step does it; called until it succeeds. */
  work(): Promise<unknown>;
  /** What must be so in the end. */
  check(): Promise<void>;
}

/**
 * Rounds in which the answer to the first request that changes something is lost, then to the second, and so on; and the same with
 * requests that never arrive.
 */
export async function throughEveryLoss(
  { proxy, signIn }: Pick<TroubleBench<unknown>, "proxy" | "signIn">,
  begin: () => Promise<Round>,
): Promise<void> {
  for (const trouble of ["cut", "drop"] as const) {
    for (let [nth, isMet] = [1, true]; isMet; nth++) {
      const { work, check } = await begin();
      let changes = 0;
      proxy.meet = (request) => (isChange(request, signIn) && ++changes === nth ? trouble : undefined);
      await insist(work);
      proxy.meet = () => undefined;
      isMet = changes >= nth;
      await check();
    }
  }
}

const TRIES = 4;

/** Only what says that another try can help is tried again. */
async function insist(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return void (await work());
    } catch (error) {
      if (!(error instanceof StewardError) || error.retry === "never" || tries === TRIES) throw error;
    }
  }
}
