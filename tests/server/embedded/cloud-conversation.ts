// One conversation with a Keystone, good requests and bad ones. A real Keystone's answers are kept in cloud-answers.json; the embedded
// cloud must give the same. Ids and the names made up for the occasion are blanked out.
import { randomBytes } from "node:crypto";
import type { RawKeystone } from "../providers/raw-keystone.ts";

export interface Exchange {
  readonly request: string;
  readonly status: number;
  /** The first line of a refusal's message, or the attributes of what was answered. */
  readonly answer: string;
}

/** Holds the conversation and returns what was said. Leaves nothing behind. */
export async function converse(raw: RawKeystone): Promise<Exchange[]> {
  const mark = randomBytes(4).toString("hex");
  const said: Exchange[] = [];
  const blank = (text: string) =>
    text.replaceAll(mark, "*").replaceAll(/\b[0-9a-f]{32}\b|\b[0-9a-f]{60,64}\b/g, "{id}");

  const ask = async (method: string, path: string, body?: unknown): Promise<string> => {
    const { status, text } = await raw.ask(method, path, body);
    const request = body === undefined ? `${method} ${path}` : `${method} ${path} ${shorten(JSON.stringify(body))}`;
    said.push({ request: blank(request), status, answer: blank(summarise(text)) });
    return idOf(text);
  };

  const project = await ask("POST", "/projects", {
    project: { name: `p-${mark}`, domain_id: "default", tags: ["steward"], steward_id: mark },
  });
  await ask("POST", "/projects", { project: { name: `p-${mark}`, domain_id: "default" } });
  const upper = await ask("POST", "/projects", {
    project: { name: `P-${mark}`, domain_id: "default", steward_id: mark },
  });
  await ask("GET", `/projects?name=p-${mark}&domain_id=default`);
  await ask("GET", `/projects?name=nobody-${mark}`);
  await ask("GET", `/projects?tags=steward&name=p-${mark}`);
  for (const name of ["", "   ", "x".repeat(65), 7, null])
    await ask("POST", "/projects", { project: { name, domain_id: "default" } });
  await ask("POST", "/projects", { project: { name: `q-${mark}`, domain_id: "nope" } });
  await ask("POST", "/projects", { project: { name: `q-${mark}`, domain_id: "default", enabled: "yes" } });
  await ask("POST", "/projects", { project: { name: `q-${mark}`, domain_id: "default", tags: ["a/b"] } });
  await ask("POST", "/projects", { project: {} });
  await ask("POST", "/projects", {});
  await ask("GET", `/projects/${project}`);
  await ask("PATCH", `/projects/${project}`, { project: { enabled: false } });
  await ask("PATCH", `/projects/${project}`, { project: { description: "ü", enabled: true } });
  await ask("PATCH", `/projects/${project}`, { project: { name: "" } });
  await ask("PATCH", "/projects/nope", { project: { enabled: false } });
  await ask("DELETE", `/projects/${upper}`);

  const user = await ask("POST", "/users", {
    user: { name: `  u-${mark} `, domain_id: "default", email: null, steward_id: mark },
  });
  await ask("POST", "/users", { user: { name: `u-${mark}`, domain_id: "default" } });
  const big = await ask("POST", "/users", {
    user: { name: `U-${mark}`, domain_id: "default", email: "a@b", steward_id: mark },
  });
  await ask("GET", `/users?name=u-${mark}&domain_id=default`);
  await ask("GET", `/users?name=${encodeURIComponent(` u-${mark}`)}`);
  await ask("GET", `/users?name=u-${mark}&enabled=false`);
  for (const name of ["", " ", "x".repeat(256), true, null])
    await ask("POST", "/users", { user: { name, domain_id: "default" } });
  await ask("POST", "/users", { user: { name: `v-${mark}`, domain_id: "nope" } });
  await ask("POST", "/users", { user: { name: `v-${mark}`, domain_id: "default", password: 5 } });
  await ask("POST", "/users", { user: { domain_id: "default" } });
  await ask("GET", `/users/${user}`);
  await ask("GET", "/users/nope");
  await ask("PATCH", `/users/${user}`, { user: { name: `w-${mark}`, email: "c@d" } });
  await ask("PATCH", `/users/${user}`, { user: { name: `U-${mark}` } });
  await ask("PATCH", `/users/${user}`, { user: { name: "" } });
  await ask("PATCH", "/users/nope", { user: { name: "n" } });

  const role = idOf((await raw.ask("GET", "/roles?name=reader")).text);
  await ask("GET", `/roles?name=reader`);
  await ask("GET", `/roles?name=nothing-${mark}`);
  const grant = `/projects/${project}/users/${user}/roles`;
  await ask("GET", grant);
  await ask("PUT", `${grant}/${role}`);
  await ask("PUT", `${grant}/${role}`);
  await ask("HEAD", `${grant}/${role}`);
  await ask("GET", grant);
  await ask("GET", `/role_assignments?scope.project.id=${project}`);
  await ask("PUT", `${grant}/nope`);
  await ask("PUT", `/projects/nope/users/${user}/roles/${role}`);
  await ask("PUT", `/projects/${project}/users/nope/roles/${role}`);
  await ask("GET", `/projects/nope/users/${user}/roles`);
  await ask("GET", `/projects/${project}/users/nope/roles`);
  await ask("DELETE", `${grant}/${role}`);
  await ask("DELETE", `${grant}/${role}`);
  await ask("DELETE", `/projects/nope/users/${user}/roles/${role}`);
  await ask("DELETE", `/projects/${project}/users/nope/roles/${role}`);

  const keys = `/users/${user}/credentials/OS-EC2`;
  const access = await ask("POST", keys, { tenant_id: project });
  await ask("POST", keys, { tenant_id: "nope" });
  await ask("POST", keys, {});
  await ask("POST", "/users/nope/credentials/OS-EC2", { tenant_id: project });
  await ask("GET", keys);
  await ask("GET", "/users/nope/credentials/OS-EC2");
  await ask("GET", `${keys}/${access}`);
  await ask("DELETE", `${keys}/${access}`);
  await ask("DELETE", `${keys}/${access}`);
  await ask("POST", keys, { tenant_id: project });
  await ask("PATCH", `/projects/${project}`, { project: { enabled: false } });
  await ask("PUT", `${grant}/${role}`);
  await ask("POST", keys, { tenant_id: project });
  await ask("DELETE", `/projects/${project}`);
  await ask("DELETE", `/projects/${project}`);
  await ask("GET", keys);
  await ask("GET", grant);
  await ask("DELETE", `/users/${user}`);
  await ask("DELETE", `/users/${user}`);
  await ask("DELETE", `/users/${big}`);
  await ask("GET", "/nonsense");
  await ask("PUT", "/users", {});
  return said;
}

/** The id of what was made or found: `id`, or `access` of a credential. */
function idOf(text: string): string {
  return /"(?:id|access)": ?"([0-9a-f]{32})"/.exec(text)?.[1] ?? "";
}

function shorten(text: string): string {
  return text.replaceAll(/x{20,}/g, (run) => `x*${run.length}`);
}

function summarise(text: string): string {
  if (!text.startsWith("{")) return text === "" ? "" : "not JSON";
  const body: unknown = JSON.parse(text);
  if (typeof body !== "object" || body === null) return "";
  if ("error" in body) return shorten(String((body.error as { message?: unknown }).message).split("\n", 1)[0] ?? "");
  return Object.entries(body)
    .filter(([name]) => name !== "links")
    .map(([name, value]) =>
      Array.isArray(value) ? `${name}: ${value.map(attributes).join(" ")}` : `${name} ${attributes(value)}`,
    )
    .join("; ");
}

function attributes(value: unknown): string {
  return typeof value === "object" && value !== null ? `{${Object.keys(value).sort().join(",")}}` : String(value);
}
