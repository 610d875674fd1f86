// A SCIM service without our adapter.
import * as assert from "uvu/assert";
import type { ScimUser } from "../../../helpers/scim-service.ts";
import type { AccountsByHand } from "./accounts.ts";

/** At `url`. `users`: what it holds, if it is the tests' own; others tell no passwords. */
export function scimByHand(
  { url, token }: { readonly url: string; readonly token: string },
  users: ReadonlyMap<string, ScimUser> | undefined,
): AccountsByHand {
  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path} answered ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  async function search(externalId: string): Promise<ScimUser | undefined> {
    const query = new URLSearchParams({ filter: `userName eq "${externalId}"` });
    const { Resources = [] } = (await ask("GET", `/Users?${query}`)) as { Resources?: ScimUser[] };
    assert.ok(Resources.length < 2, `${Resources.length} accounts ${externalId}`);
    return Resources[0];
  }

  const emailsOf = (email: string | null) => (email === null ? [] : [{ value: email, type: "home" }]);

  return {
    async find(externalId) {
      const user = await search(externalId);
      if (user === undefined) return undefined;
      const { active = true, displayName = "", emails = [] } = user;
      return { enabled: active, displayName, email: emails.map(({ value }) => value).join() || null };
    },
    make: ({ externalId, email, ...account }) =>
      ask("POST", "/Users", {
        schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
        userName: externalId,
        emails: emailsOf(email),
        ...account,
      }),
    async change(externalId, { enabled, email, ...changes }) {
      const user = await search(externalId);
      assert.ok(user);
      await ask("PUT", `/Users/${user?.id}`, {
        ...user,
        ...changes,
        ...(enabled !== undefined && { active: enabled }),
        ...(email !== undefined && { emails: emailsOf(email) }),
      });
    },
    async hasPassword(externalId, password) {
      const user = await search(externalId);
      return users && users.get(user?.id ?? "")?.password === password;
    },
  };
}
