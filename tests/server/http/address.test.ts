// Who asks: what trusted proxies say of it, and nothing that a client could have made up.

import { addressOf } from "steward/http/address";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("address");

const from = (forwarded: string | undefined, proxies: number) =>
  addressOf({ socket: { remoteAddress: "10.0.0.1" }, headers: { "x-forwarded-for": forwarded } } as never, proxies);

test("without trusted proxies: who is connected", () => {
  assert.is(from("198.51.100.1", 0), "10.0.0.1");
});

test("behind proxies: whom the outermost of them saw", () => {
  assert.is(from("198.51.100.1, 203.0.113.7", 1), "203.0.113.7");
  assert.is(from("198.51.100.1, 203.0.113.7", 2), "198.51.100.1");
});

test("a request that did not come through all of them: whoever is farthest", () => {
  assert.is(from(undefined, 2), "10.0.0.1");
  assert.is(from("203.0.113.7", 2), "203.0.113.7");
});

test.run();
