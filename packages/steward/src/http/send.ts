// Sends what Grafserv made for one of its pages.
import type { FastifyReply } from "fastify";
import type { Result } from "postgraphile/grafserv";
import { EngineError } from "../errors/index.ts";

export function send(reply: FastifyReply, result: Result | null): FastifyReply {
  if (result?.type !== "buffer") throw new EngineError("ST110");
  return reply.code(result.statusCode).headers(result.headers).send(result.buffer);
}
