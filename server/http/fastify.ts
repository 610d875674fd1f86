// What our hooks note on a request.
import type { Identity } from "./identity.ts";
import "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; there on every GraphQL request. */
    identity?: Identity;
    /** The answer failed for want of the database. */
    isUnavailable?: boolean;
  }
}
