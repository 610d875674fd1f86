// What every drive adapter must do. docs/add-a-provider.md says how one is put to it.
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import { GONE } from "../../../../server/providers/difference.ts";
import type { Drive, DriveAccount } from "../../../../server/providers/drive.ts";
import type { CallContext } from "../../../../server/providers/http.ts";
import { codeOf, context, newAccount } from "../calls.ts";
import { type TroubleBench, throughEveryLoss, troubleSuite } from "./trouble.ts";

/** An account as the provider itself tells it. */
export interface FoundAccount {
  readonly enabled: boolean;
  readonly displayName: string;
  readonly email: string | null;
}

/** The provider without our adapter: what a test compares with, and what somebody does there by hand. */
export interface AccountsByHand {
  /** Undefined if there is none; fails if there are two. */
  find(externalId: string): Promise<FoundAccount | undefined>;
  make(account: Pick<DriveAccount, "externalId" | "password" | "displayName" | "email">): Promise<unknown>;
  change(externalId: string, changes: Partial<FoundAccount>): Promise<unknown>;
  /** Whether the account has this password; undefined if the provider does not tell. */
  hasPassword(externalId: string, password: string): Promise<boolean | undefined>;
}

export interface AccountBench extends TroubleBench<Drive> {
  readonly byHand: AccountsByHand;
}

const there = ({ displayName, email }: DriveAccount): FoundAccount => ({ enabled: true, displayName, email });
const eveFor = ({ externalId }: DriveAccount) => `eve-${externalId}@example.test`;
const remove = (drive: Drive, { externalId }: DriveAccount, ctx: CallContext = context()) =>
  drive.removeAccount({ externalId, unusedSince: null }, ctx);

/** Adds the tests to `test`. */
export function accountSuite(test: Test, bench: () => AccountBench): void {
  const find = ({ externalId }: DriveAccount) => bench().byHand.find(externalId);

  async function made(drive: Drive): Promise<DriveAccount> {
    const account = newAccount();
    await drive.ensureAccount(account, context());
    return account;
  }
  /** One that somebody else made, before its user came to us. */
  async function stranger(): Promise<DriveAccount> {
    const account = newAccount();
    const { externalId, password } = account;
    const theirs = { externalId, password: `Old-${password}`, displayName: "Eve", email: eveFor(account) };
    await bench().byHand.make(theirs);
    return account;
  }
  async function hasOnlyPassword({ externalId, password }: DriveAccount): Promise<void> {
    const { hasPassword } = bench().byHand;
    assert.is.not(await hasPassword(externalId, password), false);
    assert.is.not(await hasPassword(externalId, `Old-${password}`), true);
  }

  test("an account is made with its name and address, and a second time nothing changes", async () => {
    const drive = bench().connect();
    const account = newAccount();
    assert.is((await drive.ensureAccount(account, context())).adopted, false);
    assert.equal(await find(account), there(account));
    await hasOnlyPassword(account);
    assert.is((await drive.ensureAccount(account, context())).adopted, true);
    assert.equal(await find(account), there(account));
    assert.equal(await drive.compareAccount(account, context()), []);
  });

  test("names of any letters are taken, and accounts without an address", async () => {
    const drive = bench().connect();
    const account = newAccount({ displayName: `Zoë & "Łukasz" <o'Brien>; 李`, email: null });
    await drive.ensureAccount(account, context());
    assert.equal(await find(account), there(account));
    await drive.ensureAccount(newAccount({ displayName: " " }), context());
    await drive.ensureAccount(newAccount({ displayName: "x".repeat(200) }), context());
  });

  test("eight at once make one account, and all succeed", async () => {
    const { connect } = bench();
    const account = newAccount();
    const results = await Promise.all(Array.from({ length: 8 }, () => connect().ensureAccount(account, context())));
    assert.is(results.filter(({ adopted }) => !adopted).length, 1);
    assert.equal(await find(account), there(account));
  });

  test("one that somebody made by hand is adopted: password, name and address become ours", async () => {
    const drive = bench().connect();
    const account = await stranger();
    let kept = 0;
    const onPasswordSet = async () => void kept++;
    const adopting = { ...account, passwordIsNew: true, onPasswordSet };
    assert.is((await drive.ensureAccount(adopting, context())).adopted, true);
    assert.equal(await find(account), there(account));
    await hasOnlyPassword(account);
    assert.is(kept, 1);
  });

  test("a password that the provider is known to have is left alone", async () => {
    const drive = bench().connect();
    const account = await made(drive);
    await drive.ensureAccount({ ...account, password: `New-${account.password}` }, context());
    await hasOnlyPassword(account);
  });

  test("what somebody changed there is told, then put right; what is gone is told as that", async () => {
    const { connect, byHand } = bench();
    const drive = connect();
    const account = await made(drive);
    await byHand.change(account.externalId, { displayName: "Eve", email: eveFor(account) });
    const found = await drive.compareAccount(account, context());
    assert.equal(found.map(({ what }) => what).toSorted(), ["email", "name"]);
    assert.equal((await find(account))?.displayName, "Eve", "comparing changes nothing");
    assert.is(await drive.updateAccount(account, context()), true);
    assert.equal(await find(account), there(account));

    const missing = newAccount();
    assert.equal(await drive.compareAccount(missing, context()), [GONE]);
    assert.is(await drive.updateAccount(missing, context()), false);
    assert.is(await find(missing), undefined);
  });

  test("one that somebody disabled there stays so", async () => {
    const { connect, byHand } = bench();
    const drive = connect();
    const account = await made(drive);
    await byHand.change(account.externalId, { enabled: false });
    assert.is(await codeOf(drive.ensureAccount(account, context())), "ST508");
    assert.is((await find(account))?.enabled, false);
    assert.equal(await drive.compareAccount(account, context()), [
      { what: "enabled", expected: "true", found: "false" },
    ]);
  });

  test("files that the provider puts into new accounts are removed once", async () => {
    const drive = bench().connect();
    const account = await made(drive);
    const login = { ...account, isUnused: true };
    assert.ok((await drive.removeSkeleton(login, context())) >= 0);
    assert.is(await drive.removeSkeleton(login, context()), 0);
    assert.equal(await find(account), there(account));
  });

  test("an account is removed once, others stay, and it can be made again", async () => {
    const drive = bench().connect();
    const [account, other] = [await made(drive), await made(drive)];
    assert.is(await remove(drive, account), true);
    assert.is(await find(account), undefined);
    assert.is(await remove(drive, account), false);
    assert.equal(await find(other), there(other));
    assert.is((await drive.ensureAccount(account, context())).adopted, false);
  });

  /** What the task remembers of a password between attempts. */
  function remember(): () => Partial<DriveAccount> {
    let [isNew, isSent, isThere] = [true, false, false];
    const onPasswordSet = async () => {
      isNew = false;
    };
    const onPasswordSent = async () => {
      isSent = true;
    };
    const onFound = async () => {
      isThere = true;
    };
    return () => ({ passwordIsNew: isNew, passwordIsSent: isSent, isThere, onPasswordSet, onPasswordSent, onFound });
  }

  test("whatever answer is lost, an account is made whole, and once", () =>
    throughEveryLoss(bench(), async () => {
      const drive = bench().connect();
      const account = newAccount();
      const known = remember();
      return {
        work: () => drive.ensureAccount({ ...account, ...known() }, context()),
        async check() {
          assert.equal(await find(account), there(account));
          await hasOnlyPassword(account);
        },
      };
    }));

  test("whatever answer is lost, one that was there is adopted whole", () =>
    throughEveryLoss(bench(), async () => {
      const drive = bench().connect();
      const account = await stranger();
      const known = remember();
      return {
        work: () => drive.ensureAccount({ ...account, ...known() }, context()),
        async check() {
          assert.equal(await find(account), there(account));
          await hasOnlyPassword(account);
        },
      };
    }));

  test("whatever answer is lost, an account is removed", () =>
    throughEveryLoss(bench(), async () => {
      const drive = bench().connect();
      const account = await made(drive);
      return {
        work: () => remove(drive, account),
        check: async () => assert.is(await find(account), undefined),
      };
    }));

  troubleSuite(test, bench, {
    make: (drive, ctx) => drive.ensureAccount(newAccount(), ctx),
    async prepare(drive) {
      const account = await made(drive);
      return { remove: (ctx) => remove(drive, account, ctx), isThere: async () => (await find(account)) !== undefined };
    },
  });
}
