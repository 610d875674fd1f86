// The API server, put together: database, tokens, GraphQL over HTTP and websockets, and what operators look at.
import "../graphql/environment.ts";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import type pg from "pg";
import { cached } from "../cached.ts";
import type { EngineConfig } from "../config/index.ts";
import { createChangeNotifier } from "../engine/notify.ts";
import { EngineError } from "../errors/index.ts";
import type { GraphqlApplication } from "../graphql/application.ts";
import { createChanges } from "../graphql/live/changes.ts";
import { createSubscriber } from "../graphql/live/stream.ts";
import { createWakeups } from "../graphql/live/wakeups.ts";
import { createReadAs } from "../graphql/read-as.ts";
import { createWithPgClient } from "../graphql/transactions.ts";
import { log } from "../log.ts";
import { MEASURE, type Measured } from "../metrics/database.ts";
import { createApiPool, endPool } from "../pools.ts";
import { addressOf, networkOf } from "./address.ts";
import { createApp } from "./app.ts";
import { createAskers } from "./askers.ts";
import { createConnections } from "./connections.ts";
import { createGraphql } from "./graphql.ts";
import { type Authenticate, createAuthenticator, type Identity, type LogIn } from "./identity.ts";
import {
  ADDRESS_FACTOR,
  CONNECTIONS,
  LEAST_MS_PER_SECOND,
  MOST_REQUESTS,
  MS_PER_REQUEST,
  PROBE_CACHE_MS,
  STOP_MS,
} from "./limits.ts";
import { addMetrics } from "./metrics.ts";
import { addPage, type PageOptions } from "./page/index.ts";
import { createOpenId } from "./page/open-id.ts";
import { createPlaces } from "./places.ts";
import { createRateLimiter } from "./rate-limit.ts";
import {
  addHealth,
  type ProbeOptions,
  probe,
  readReadiness,
  requireMigrated,
  requireRestricted,
  withLimits,
} from "./readiness.ts";
import { signToken } from "./sign-token.ts";
import { addStatus } from "./status/index.ts";
import { rememberTokens } from "./token-cache.ts";
import { createTokenVerifier } from "./tokens.ts";
import { isWebsocket, serveWebsockets } from "./websocket.ts";

const LISTEN_ERRORS: ReadonlySet<string | undefined> = new Set(["EADDRINUSE", "EADDRNOTAVAIL", "EACCES", "ENOTFOUND"]);

export interface ApiServerOptions {
  readonly config: EngineConfig;
  /** The restricted login: API_DATABASE_URL. */
  readonly apiUrl: string;
  /** HS256 secret; undefined when tokens come from an identity provider. */
  readonly jwtSecret: string | undefined;
  readonly application: ServedApplication;
  /** For a start on a developer's machine: the console signs in by itself where its browser runs there too. Never in production. */
  readonly isLocal?: boolean;
}

/** What an application adds to the engine's server. */
export interface ServedApplication extends GraphqlApplication {
  /** Finds the reader behind a token. */
  readonly logIn: (pool: pg.Pool) => LogIn;
  /** Whether the database has the application's own migrations, asked in the role of a reader's request. */
  readonly isMigrated?: ProbeOptions["isMigrated"];
  /** Schemas of the application whose tables have row security: the server's login may own nothing there. */
  readonly guarded?: readonly string[];
  /** The console with views of its own. */
  readonly page?: PageOptions["page"];
  /** Adds routes beside the API. */
  readonly addRoutes?: (app: FastifyInstance, authenticate: Authenticate) => void;
}

export interface ApiServer {
  /** Listens at the configured host and port; resolves to the server's URL. */
  listen(): Promise<string>;
  /** Answers what it has begun, closes all connections, and gives up the database. */
  close(): Promise<void>;
}

/** Builds the schema, so the database must be migrated and reachable; otherwise it rejects (ST828, or Postgres' own error). */
export async function createApiServer({
  config,
  apiUrl,
  jwtSecret,
  application,
  isLocal = false,
}: ApiServerOptions): Promise<ApiServer> {
  const pool = createApiPool({ connectionString: apiUrl, applicationName: "steward api", max: CONNECTIONS });
  const probes = createApiPool({ connectionString: apiUrl, applicationName: "steward probe", max: 1 });
  const probing = { role: application.roles.reader, isMigrated: application.isMigrated };
  await requireRestricted(probes, application.guarded);
  await requireMigrated(probes, probing);
  const subjects = createRateLimiter(config.rateLimit);
  const times = createRateLimiter(Math.max(LEAST_MS_PER_SECOND, config.rateLimit * MS_PER_REQUEST));
  const limit = ({ subject }: Identity) => {
    subjects.take(subject);
    times.take(subject);
  };
  const frames = createRateLimiter(config.rateLimit * ADDRESS_FACTOR);
  const limitFrames = ({ subject }: Identity) => frames.take(subject);
  const addresses = createRateLimiter(config.rateLimit * ADDRESS_FACTOR);
  const limitAddress = (request: IncomingMessage) =>
    addresses.take(networkOf(addressOf(request, config.trustedProxies)));
  const connections = createConnections({
    byNetwork: config.trustedProxies === 0,
    perSecond: config.rateLimit * ADDRESS_FACTOR,
  });
  const authenticate = createAuthenticator(
    rememberTokens(createTokenVerifier(config.jwt, jwtSecret)),
    application.logIn(pool),
  );
  const askers = createAskers();
  const wakeups = await createWakeups(apiUrl, log, { role: application.roles.admin, rows: application.looks });
  const notifier = createChangeNotifier(pool, log);
  const withPgClient = createWithPgClient(pool, times.spend);
  const graphiql = config.introspection;
  const graphql = await createGraphql({
    pool,
    withPgClient,
    introspection: config.introspection,
    graphiql,
    persistedOperations: config.persistedOperations,
    askerOf: askers.of,
    spend: times.spend,
    shared: {
      wakeups,
      live: createSubscriber(wakeups),
      changes: createChanges(notifier),
    },
    application,
  });

  const closing = new AbortController();
  const app = await createApp({
    config,
    authenticate,
    askers,
    limit,
    limitAddress,
    takePlace: createPlaces(MOST_REQUESTS),
    connections,
    isWebsocket,
    closing: closing.signal,
  });
  const websockets = serveWebsockets({
    server: app.server,
    grafserv: graphql.grafserv,
    authenticate,
    connections,
    remember: askers.remember,
    limit,
    limitFrames,
    limitAddress,
  });
  const findReadiness = cached(
    PROBE_CACHE_MS,
    withLimits(() => readReadiness(probes, probing), config.readiness),
  );
  const measure = () => probe(probes, probing.role, async (client) => (await client.query<Measured>(MEASURE)).rows);
  addMetrics(app, { pool, findReadiness, measure, websockets: websockets.count, watched: wakeups.size });
  addHealth(app, findReadiness);
  addStatus(app, { askers, readAs: createReadAs(withPgClient), roles: application.roles, wakeups });
  application.addRoutes?.(app, authenticate);
  addPage(app, {
    page: application.page,
    graphiql,
    openId: createOpenId(config.jwt.identityProvider),
    signForLocal: isLocal ? localSigner(config, jwtSecret) : undefined,
  });
  graphql.addTo(app);

  return {
    async listen() {
      try {
        return await app.listen({ host: config.host, port: config.port });
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (!LISTEN_ERRORS.has(code)) throw error;
        const sentence = `HOST ${config.host}, PORT ${config.port} cannot be listened on (${code}).`;
        throw new EngineError("ST801", { sentence, cause: error });
      }
    },
    async close() {
      closing.abort();
      await websockets.close();
      const patience = setTimeout(connections.end, STOP_MS);
      await app.close();
      clearTimeout(patience);
      await notifier.stop();
      await wakeups.close();
      await graphql.release();
      await Promise.all([endPool(pool), endPool(probes)]);
    },
  };
}

/** An operator's tokens, of one subject as long as this process runs; undefined in production, and where an identity provider issues tokens. */
function localSigner(
  { environment, jwt }: EngineConfig,
  secret: string | undefined,
): (() => Promise<string>) | undefined {
  if (environment === "production" || secret === undefined) return undefined;
  const sub = randomUUID();
  return () => signToken(secret, jwt, { role: "admin", sub });
}
