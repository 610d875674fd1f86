// What the embedded drive keeps: accounts, app passwords, files. One SQLite file, written in place, intact after a kill -9.

import { createHash, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface Account {
  /** Lower case: names differ in nothing but letter case are the same account. */
  readonly id: string;
  /** As it was given. */
  readonly name: string;
  readonly display_name: string;
  readonly email: string | null;
  /** Bytes; -3 for none. */
  readonly quota: number;
  readonly enabled: number;
  /** Seconds since 1970; 0 before the first login. */
  readonly first_login: number;
  readonly last_login: number;
}

export interface StoredFile {
  /** From the home, without a slash in front; "" is not stored. */
  readonly path: string;
  readonly is_folder: number;
  readonly size: number;
  readonly modified: number;
  /** When a client wrote it; 0 for what the drive made itself. */
  readonly uploaded: number;
}

const SCHEMA = `
  create table if not exists meta (key text primary key, value text not null) without rowid;
  create table if not exists accounts (
    id text primary key, name text not null, password text not null, display_name text not null, email text,
    quota integer not null, enabled integer not null default 1, first_login integer not null default 0, last_login integer not null default 0
  ) without rowid;
  create table if not exists app_passwords (hash text primary key, account text not null references accounts on delete cascade) without rowid;
  create index if not exists app_passwords_account on app_passwords (account);
  create table if not exists files (
    account text not null references accounts on delete cascade, path text not null, is_folder integer not null, size integer not null,
    modified integer not null, uploaded integer not null, body blob, primary key (account, path)
  ) without rowid;
  create table if not exists trash (account text not null references accounts on delete cascade, path text not null);
  create index if not exists trash_account on trash (account);
`;

export type Store = ReturnType<typeof openStore>;

/** Quick on purpose: a real drive spends a third of a second here, this one must not take the CPU from what it serves. */
function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A password of `length` letters and digits. */
export function makeSecret(length: number): string {
  return randomBytes(length).toString("base64url").replace(/[-_]/g, "x").slice(0, length);
}

/** Seconds since 1970. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** Opens the drive's state under `dir`, made if it is missing. */
export function openStore(dir: string) {
  mkdirSync(dir, { recursive: true });
  const db = new DatabaseSync(join(dir, "drive.sqlite"));
  db.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on");
  db.exec(SCHEMA);
  const sql = {
    meta: db.prepare("select value from meta where key = ?"),
    setMeta: db.prepare("insert or replace into meta values (?, ?)"),
    account: db.prepare(
      "select id, name, display_name, email, quota, enabled, first_login, last_login from accounts where id = ?",
    ),
    accounts: db.prepare("select name from accounts where name like '%' || ? || '%' order by id limit ? offset ?"),
    insert: db.prepare(
      "insert into accounts (id, name, password, display_name, email, quota) values (?, ?, ?, ?, ?, ?)",
    ),
    remove: db.prepare("delete from accounts where id = ?"),
    password: db.prepare("select 1 from accounts where id = ? and password = ?"),
    setPassword: db.prepare("update accounts set password = ? where id = ?"),
    setQuota: db.prepare("update accounts set quota = ? where id = ?"),
    setDisplayName: db.prepare("update accounts set display_name = ? where id = ?"),
    setEmail: db.prepare("update accounts set email = ? where id = ?"),
    setEnabled: db.prepare("update accounts set enabled = ? where id = ?"),
    setLogin: db.prepare(
      "update accounts set first_login = iif(first_login = 0, ?1, first_login), last_login = ?1 where id = ?2",
    ),
    addApp: db.prepare("insert into app_passwords values (?, ?)"),
    app: db.prepare("select 1 from app_passwords where hash = ? and account = ?"),
    dropApp: db.prepare("delete from app_passwords where hash = ? and account = ?"),
    countApps: db.prepare("select count(*) as n from app_passwords where account = ?"),
    file: db.prepare("select path, is_folder, size, modified, uploaded from files where account = ? and path = ?"),
    below: db.prepare(
      "select path, is_folder, size, modified, uploaded from files where account = ? and path > ? and path < ? order by path",
    ),
    body: db.prepare("select body from files where account = ? and path = ?"),
    put: db.prepare("insert or replace into files values (?, ?, ?, ?, ?, ?, ?)"),
    dropBelow: db.prepare("delete from files where account = ? and path > ? and path < ?"),
    drop: db.prepare("delete from files where account = ? and path = ?"),
    used: db.prepare("select coalesce(sum(size), 0) as n from files where account = ?"),
    trash: db.prepare("insert into trash values (?, ?)"),
    trashed: db.prepare("select path from trash where account = ?"),
  };

  function transaction<T>(work: () => T): T {
    db.exec("begin immediate");
    try {
      const result = work();
      db.exec("commit");
      return result;
    } catch (error) {
      db.exec("rollback");
      throw error;
    }
  }

  /** All that is in a folder, at any depth. "0" is the character after "/". */
  function below(account: string, folder: string): StoredFile[] {
    const [from, to] = folder === "" ? ["", "\u{10ffff}"] : [`${folder}/`, `${folder}0`];
    return sql.below.all(account, from, to) as unknown as StoredFile[];
  }

  return {
    transaction,
    close: () => db.close(),
    meta: (key: string) => (sql.meta.get(key) as { value: string } | undefined)?.value,
    setMeta: (key: string, value: string) => void sql.setMeta.run(key, value),

    account: (name: string) => sql.account.get(name.toLowerCase()) as Account | undefined,
    accountNames: (search: string, limit: number, offset: number) =>
      (sql.accounts.all(search, limit, offset) as { name: string }[]).map(({ name }) => name),
    addAccount: (name: string, password: string, displayName: string, email: string | null, quota: number) =>
      void sql.insert.run(name.toLowerCase(), name, hash(password), displayName, email, quota),
    removeAccount: (id: string) => Number(sql.remove.run(id).changes) > 0,
    isPassword: (id: string, password: string) => sql.password.get(id, hash(password)) !== undefined,
    setPassword: (id: string, password: string) => void sql.setPassword.run(hash(password), id),
    setQuota: (id: string, bytes: number) => void sql.setQuota.run(bytes, id),
    setDisplayName: (id: string, name: string) => void sql.setDisplayName.run(name, id),
    setEmail: (id: string, email: string | null) => void sql.setEmail.run(email, id),
    setEnabled: (id: string, enabled: boolean) => void sql.setEnabled.run(enabled ? 1 : 0, id),
    noteLogin: (id: string) => void sql.setLogin.run(now(), id),

    addAppPassword: (id: string, secret: string) => void sql.addApp.run(hash(secret), id),
    isAppPassword: (id: string, secret: string) => sql.app.get(hash(secret), id) !== undefined,
    dropAppPassword: (id: string, secret: string) => void sql.dropApp.run(hash(secret), id),
    countAppPasswords: (id: string) => (sql.countApps.get(id) as { n: number }).n,

    below,
    file: (account: string, path: string) => sql.file.get(account, path) as StoredFile | undefined,
    body: (account: string, path: string) =>
      (sql.body.get(account, path) as { body: Uint8Array | null } | undefined)?.body ?? null,
    put: (account: string, file: StoredFile, body: Uint8Array | null) =>
      void sql.put.run(account, file.path, file.is_folder, file.size, file.modified, file.uploaded, body),
    drop: (account: string, path: string, toTrash: boolean) =>
      transaction(() => {
        sql.dropBelow.run(account, `${path}/`, `${path}0`);
        sql.drop.run(account, path);
        if (toTrash) sql.trash.run(account, path);
      }),
    usedBytes: (account: string) => (sql.used.get(account) as { n: number }).n,
    trashed: (account: string) => (sql.trashed.all(account) as { path: string }[]).map(({ path }) => path),
  };
}
