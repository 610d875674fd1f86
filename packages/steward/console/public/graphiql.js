// For GraphiQL: puts a token into its headers, the one of the console in this tab or one that the server gives on a local start.
export async function withToken(config) {
  const token = sessionStorage.getItem("steward.token") ?? (await askToken());
  if (!token) return config;
  const authorization = `Bearer ${token}`;
  giveToSchemaRequest(authorization);
  const headers = JSON.stringify({ authorization }, undefined, 2);
  return { ...config, initialHeaders: headers, defaultHeaders: headers };
}

async function askToken() {
  const { signsIn } = await (await fetch("/console/settings")).json();
  if (!signsIn) return undefined;
  const answer = await fetch("/console/token", { method: "POST" });
  return answer.ok ? (await answer.json()).token : undefined;
}

/** It asks for the schema before its headers are there. */
function giveToSchemaRequest(authorization) {
  const ask = globalThis.fetch;
  globalThis.fetch = (address, init = {}) => {
    const headers = new Headers(init.headers);
    const isOurs = new URL(address, location.href).href === new URL("/graphql", location.href).href;
    if (isOurs && !headers.has("authorization")) headers.set("authorization", authorization);
    return ask(address, { ...init, headers });
  };
}
