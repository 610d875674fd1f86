// What our hooks note on a request, and what they are told of a route.
import "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** The answer failed for want of the database. */
    isUnavailable?: boolean;
  }
  interface FastifyContextConfig {
    /** Requests of this route carry a token, and are bounded for its subject. */
    hasAsker?: boolean;
  }
}
