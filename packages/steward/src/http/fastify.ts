// What our hooks note on a request.
import "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** The answer failed for want of the database. */
    isUnavailable?: boolean;
  }
}
