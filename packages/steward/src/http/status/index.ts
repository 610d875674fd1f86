// The status of runs without GraphQL: JSON with an entity tag, and for whoever likes to wait an answer only when something has changed.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { EngineError } from "../../errors/index.ts";
import type { GraphqlApplication } from "../../graphql/application.ts";
import type { Wakeups } from "../../graphql/live/wakeups.ts";
import type { ReadAs } from "../../graphql/read-as.ts";
import { isUuid } from "../../graphql/uuid.ts";
import type { Askers } from "../askers.ts";
import { API_HEADERS } from "../headers.ts";
import { LONGEST_WAIT_S, MOST_LONG_POLLS } from "../limits.ts";
import { createPlaces } from "../places.ts";
import { OPENAPI } from "./openapi.ts";
import { readRun, readRunsOf, type Seen } from "./read.ts";
import { createBell } from "./wait.ts";

export interface StatusOptions {
  readonly askers: Askers;
  readonly readAs: ReadAs;
  readonly roles: GraphqlApplication["roles"];
  readonly wakeups: Wakeups;
}

const HEADERS = { ...API_HEADERS, "cache-control": "private, no-cache", vary: "accept, authorization, prefer" };
/** The console has the same addresses; browsers that open a page ask for HTML. */
const ROUTE = { helmet: false, config: { hasAsker: true }, constraints: { accept: "json" } } as const;

export function addStatus(app: FastifyInstance, options: StatusOptions): void {
  const takePlace = createPlaces(MOST_LONG_POLLS);
  const answer = async (request: FastifyRequest, reply: FastifyReply, read: () => Promise<Seen>) => {
    const known = entityTags(request.headers["if-none-match"]);
    let seen = await read();
    const seconds = known.length > 0 ? preferredWait(request.headers.prefer) : 0;
    if (seconds > 0) {
      reply.header("preference-applied", `wait=${seconds}`);
      const { identity, signal } = options.askers.of({ fastifyv5: { request } });
      const leave = takePlace(identity.subject);
      const bell = createBell(options.wakeups, {
        gone: signal(),
        until: Math.min(Date.now() + seconds * 1_000, identity.expiresAt * 1_000),
      });
      try {
        while (matches(known, seen) && (await bell.next(seen.ids))) seen = await read();
      } finally {
        bell.end();
        leave();
      }
    }
    reply.headers({ ...HEADERS, etag: seen.etag });
    return matches(known, seen) ? reply.code(304).send() : reply.type("application/json").send(seen.body);
  };
  const readerOf = (request: FastifyRequest) => {
    const { identity } = options.askers.of({ fastifyv5: { request } });
    return options.readAs(identity, options.roles);
  };

  app.get<{ Params: { id: string } }>("/runs/:id", ROUTE, (request, reply) => {
    const { id } = request.params;
    if (!isUuid(id)) throw new EngineError("ST206", { field: "id" });
    return answer(request, reply, () => readRun(readerOf(request), id.toLowerCase()));
  });
  app.get<{ Querystring: { subject?: unknown } }>("/runs", ROUTE, (request, reply) => {
    const { subject } = request.query;
    const [, table, key] = (typeof subject === "string" && /^([^/]+)\/(.+)$/s.exec(subject)) || [];
    if (table === undefined || key === undefined)
      throw new EngineError("ST208", {
        sentence: "subject must be TABLE/KEY, such as public.orders/42.",
        field: "subject",
      });
    return answer(request, reply, () => readRunsOf(readerOf(request), table, key));
  });
  app.get("/openapi.json", { helmet: false }, (_request, reply) => reply.headers(API_HEADERS).send(OPENAPI));
}

/** The tags of If-None-Match, without what makes them weak: they are compared weakly. */
function entityTags(header: string | undefined): readonly string[] {
  return (header ?? "").split(",").flatMap((tag) => tag.trim().replace(/^W\//, "") || []);
}

function matches(known: readonly string[], { etag }: Seen): boolean {
  return known.includes(etag.replace(/^W\//, "")) || known.includes("*");
}

/** The preference `wait` of RFC 7240, in seconds, no longer than we hold an answer back. What it does not understand is ignored, as the RFC wants. */
function preferredWait(header: string | string[] | undefined): number {
  const [, seconds] = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec([header ?? ""].flat().join(",")) ?? [];
  return Math.min(Number(seconds ?? 0), LONGEST_WAIT_S);
}
