// A SCIM service of the tests' own: the library `scimmy` answers (schemas, filters, patches, errors), its users are in memory. What it
// leaves to whoever serves it is here: addresses, the bearer token, versions (ETag).
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import SCIMMY from "scimmy";

export interface ScimUser {
  readonly id: string;
  readonly userName: string;
  readonly externalId?: string;
  readonly title?: string;
  readonly displayName?: string;
  readonly active?: boolean;
  readonly password?: string;
  readonly emails?: readonly { readonly value: string }[];
  readonly meta: { readonly version: string };
}

type Attributes = Readonly<Record<string, unknown>>;

/** What a service may do with a request instead. */
export type Oddity = "refuse the filter" | "ignore the filter" | "refuse the body";

export interface ScimService {
  readonly url: string;
  readonly token: string;
  /** Everything it holds, passwords too, by id. */
  readonly users: Map<string, ScimUser>;
  /** What it says of itself, and keeps to. */
  readonly features: { patch: boolean; changePassword: boolean };
  /** Asked about each request before it is answered. */
  onRequest(request: IncomingMessage): Oddity | undefined | void;
  /** Makes a user or changes one, as somebody does at the service itself. */
  put(id: string | undefined, attributes: Attributes): ScimUser;
  close(): Promise<void>;
}

SCIMMY.Resources.declare(SCIMMY.Resources.User)
  .ingress((resource, data, { put }: ScimService) => put(resource.id, data as unknown as Attributes) as never)
  .egress((resource, { users }: ScimService) => {
    const all = [...users.values()];
    const found = resource.id === undefined ? all : all.filter(({ id }) => id === resource.id);
    if (resource.id !== undefined && found.length === 0) throw gone();
    return (resource.filter?.match(found) ?? found) as never;
  })
  .degress(({ id }, { users }: ScimService) => {
    if (!users.delete(id ?? "")) throw gone();
  });

const gone = () => new SCIMMY.Types.Error(404, "", "There is no such user.");

/** Starts one without users, on loopback. */
export async function startScimService(): Promise<ScimService> {
  const server = createServer((request, response) => {
    answer(service, request)
      .catch((error: unknown) => [error instanceof SCIMMY.Types.Error ? error.status : 500, error] as const)
      .then(([status, body]) => send(response, status, body))
      .catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim/v2`;
  const users = new Map<string, ScimUser>();
  const service: ScimService = {
    url,
    token: randomBytes(24).toString("base64url"),
    users,
    features: { patch: true, changePassword: true },
    onRequest: () => undefined,
    put(id = randomUUID(), attributes) {
      const { userName } = attributes as { userName?: string };
      const before = users.get(id);
      const isTaken = [...users.values()].some(
        (user) => user.id !== id && user.userName.toLowerCase() === String(userName ?? before?.userName).toLowerCase(),
      );
      if (isTaken) throw new SCIMMY.Types.Error(409, "uniqueness", "The userName is taken.");
      // A password is never told, so what replaces or patches a user does not have it.
      const all = {
        password: before?.password,
        ...withoutEmpty(attributes),
        id,
        meta: { version: `W/"${randomUUID()}"` },
      };
      const user = all as unknown as ScimUser;
      users.set(id, user);
      return user;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return service;
}

async function answer(service: ScimService, request: IncomingMessage): Promise<readonly [number, unknown]> {
  const { users, token, features } = service;
  const body = await readBody(request);
  if (request.headers.authorization !== `Bearer ${token}`) throw new SCIMMY.Types.Error(401, "", "Unknown token.");
  const { pathname, searchParams } = new URL(request.url ?? "", service.url);
  const [, id] = /^\/scim\/v2\/Users(?:\/([^/]+))?$/.exec(pathname) ?? [];
  if (pathname === "/scim/v2/ServiceProviderConfig")
    return [200, Object.fromEntries(Object.entries(features).map(([name, supported]) => [name, { supported }]))];
  if (!pathname.startsWith("/scim/v2/Users")) throw new SCIMMY.Types.Error(404, "", "There is no such endpoint.");
  const oddity = service.onRequest(request);
  if (oddity === "refuse the filter")
    throw new SCIMMY.Types.Error(400, "invalidFilter", "It cannot be searched by that.");
  if (oddity === "refuse the body")
    throw new SCIMMY.Types.Error(400, "invalidValue", `"${(body as { password?: string }).password}" will not do.`);
  if (oddity === "ignore the filter") searchParams.delete("filter");
  const version = request.headers["if-match"];
  if (id !== undefined && version !== undefined && users.has(id) && users.get(id)?.meta.version !== version)
    throw new SCIMMY.Types.Error(412, "", "Somebody changed the user.");
  const query = Object.fromEntries(searchParams);
  const resource = id === undefined ? new SCIMMY.Resources.User(query as never) : new SCIMMY.Resources.User(id);
  switch (request.method ?? "") {
    case "GET":
      return [200, await resource.read(service)];
    case "POST":
    case "PUT":
      return [request.method === "POST" ? 201 : 200, await resource.write(body as never, service)];
    case "PATCH":
      if (!features.patch) throw new SCIMMY.Types.Error(501, "", "There is no PATCH here.");
      if (!features.changePassword && JSON.stringify(body).includes('"password"'))
        throw new SCIMMY.Types.Error(400, "invalidPath", "There are no passwords here.");
      return [200, (await resource.patch(body as never, service)) ?? (await resource.read(service))];
    case "DELETE":
      await resource.dispose(service);
      return [204, undefined];
    default:
      throw new SCIMMY.Types.Error(405, "", "There is no such method.");
  }
}

function withoutEmpty(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const shown = body instanceof Error ? new SCIMMY.Messages.Error(body as never) : body;
  response.writeHead(status, { "content-type": "application/scim+json" });
  response.end(shown === undefined ? "" : JSON.stringify(shown));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
