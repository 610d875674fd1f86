// Signing in to the page at a real OpenID Connect provider, in a real browser: a code with PKCE.
// test-timeout: 300
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import type { Browser } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startApi, type TestApi } from "../helpers/api.ts";
import { BROWSER, openBrowser, openTab } from "../helpers/browser.ts";

const suiteOfAll = suite("signing in to the page");
const test = BROWSER === undefined ? suiteOfAll.skip : suiteOfAll;
const AUDIENCE = "https://steward.example.test";
let provider: Server;
let issuer: string;
let api: TestApi;
let browser: Browser;

if (BROWSER === undefined) {
  console.log(
    "no browser is installed (Debian: apt-get install chromium; or name one in CHROMIUM): nobody signs in with one",
  );
} else {
  suiteOfAll.before(async () => {
    provider = createServer();
    await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
    issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    api = await startApi({
      JWKS_URL: `${issuer}/jwks`,
      JWT_ISSUER: issuer,
      JWT_AUDIENCE: AUDIENCE,
      JWT_ROLE_CLAIM: "roles",
      OIDC_CLIENT_ID: "console",
    });
    provider.on("request", createProvider(issuer, `${api.url}/`).callback());
    browser = await openBrowser();
  });
  suiteOfAll.after(async () => {
    await browser.close();
    await api.close();
    provider.closeAllConnections();
    provider.close();
  });
}

function createProvider(address: string, redirectUri: string): Provider {
  return new Provider(address, {
    clients: [
      {
        client_id: "console",
        application_type: "native",
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code"],
        response_types: ["code"],
        redirect_uris: [redirectUri],
      },
    ],
    clientBasedCORS: () => true,
    extraTokenClaims: () => ({ roles: ["admin"], preferred_username: "kim" }),
    claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
    features: {
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context: unknown, audience: string) => ({
          scope: "",
          audience,
          accessTokenFormat: "jwt",
          accessTokenTTL: 600,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  });
}

test("a person signs in there, comes back to the view that they wanted with what they had written, and the token is in no address", async () => {
  const tab = await openTab(browser);
  try {
    const { page } = tab;
    const addresses: string[] = [];
    // The provider's own pages want a font from elsewhere.
    await page.route(/^https?:\/\/(?!127\.0\.0\.1)/, (route) => route.abort());
    page.on("framenavigated", (frame) => addresses.push(frame.url()));
    await page.goto(`${api.url}/runs?show=failed`);
    await page.getByRole("button", { name: "Sign in at" }).click();
    await page.locator("input[name=login]").fill("kim");
    await page.locator("input[name=password]").fill("secret");
    await page.getByRole("button", { name: "Sign-in" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("heading", { name: "Runs" }).waitFor();
    await page.getByText("No run fits these filters.").waitFor();
    assert.is(page.url(), `${api.url}/runs?show=failed`);
    const token = await page.evaluate<string>("sessionStorage.getItem('steward.token')");
    assert.is(token.split(".").length, 3);
    assert.not.ok(addresses.some((address) => address.includes(token)));
    // Their sign-in ends while they write.
    await page.getByRole("link", { name: "Lanes", exact: true }).click();
    await page.getByRole("button", { name: "Pause the lane drive" }).click();
    await page.getByLabel("Why, for those who ask").fill("a long story");
    await page.evaluate("sessionStorage.setItem('steward.token', 'a.b.c')");
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Sign in at" }).click();
    // The provider knows them, and asks only for their consent.
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "Pause the lane drive" }).click();
    assert.is(await page.getByLabel("Why, for those who ask").inputValue(), "a long story");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Pause the lane drive" }).click();
    assert.is(await page.getByLabel("Why, for those who ask").inputValue(), "");
    assert.equal(
      tab.problems.filter((problem) => /policy/i.test(problem)),
      [],
    );
  } finally {
    await tab.close();
  }
});

test("an answer that was not asked for, or is another's, signs nobody in", async () => {
  const tab = await openTab(browser);
  try {
    const { page } = tab;
    await page.goto(`${api.url}/?code=stolen&state=x`);
    await page.getByRole("button", { name: "Sign in at" }).waitFor();
    await page.evaluate(
      `sessionStorage.setItem("steward.sign-in", JSON.stringify({ state: "mine", nonce: "n", verifier: "v", address: "/" }))`,
    );
    await page.goto(`${api.url}/?code=stolen&state=other`);
    await page.getByText("You could not be signed in").waitFor();
    assert.is(await page.evaluate("sessionStorage.getItem('steward.token')"), null);
    assert.is(page.url(), `${api.url}/`);
  } finally {
    await tab.close();
  }
});

suiteOfAll.run();
