// Secrets at rest: what opens, what does not, and what a reader of the database sees.
import { randomBytes } from "node:crypto";
import { StewardError } from "steward/errors";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { open, seal } from "../../server/secrets.ts";

const key = randomBytes(32);
const refused = (attempt: () => unknown) =>
  assert.throws(attempt, (error: unknown) => error instanceof StewardError && error.code === "ST803");

const test = suite("secrets");

test("what was sealed opens with the same key and context", () => {
  for (const text of ["", "pässwörd ✓", "x".repeat(10_000)]) assert.is(open(key, seal(key, text, "a:1"), "a:1"), text);
});

test("the sealed text is versioned, shows nothing, and differs each time", () => {
  const [one, other] = [seal(key, "hunter2", "a:1"), seal(key, "hunter2", "a:1")];
  assert.match(one, /^v1:[\w-]+$/);
  assert.is.not(one, other);
  assert.not.match(Buffer.from(one.slice(3), "base64url").toString("latin1"), "hunter2");
});

test("another key, another context, or damage is ST803", () => {
  const sealed = seal(key, "hunter2", "a:1");
  refused(() => open(randomBytes(32), sealed, "a:1"));
  refused(() => open(key, sealed, "a:2"));
  refused(() => open(key, `${sealed.slice(0, -2)}${sealed.endsWith("AA") ? "BB" : "AA"}`, "a:1"));
  refused(() => open(key, sealed.replace("v1:", "v2:"), "a:1"));
  for (const text of ["", "v1:", "v1:AAAA", "hunter2"]) refused(() => open(key, text, "a:1"));
});

test.run();
