// Refuses, before any SQL, what is too large to run, or not meant for this way of asking; and sees that no document takes more of the
// thread than is its asker's.
import {
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  specifiedRules,
} from "graphql";
import { type GrafastExecutionArgs, isAsyncIterable, SafeError } from "postgraphile/grafast";
import type { ExecutionConfig } from "postgraphile/grafserv";
import { EngineError, StewardError } from "../errors/index.ts";
import type { Asker } from "../http/askers.ts";
import { extensionsOf, toStewardError } from "../http/problems.ts";
import { checkCost } from "./cost.ts";
import { createDocuments, type Documents } from "./documents.ts";
import { createEffort, type Spend } from "./effort.ts";
import { maskError } from "./masking.ts";
import { keepPlansWithDocuments, PLANS_OF_DOCUMENT } from "./plans.ts";
import "../http/fastify.ts";
import "postgraphile/grafserv/fastify/v5";

type Refusal = { errors: GraphQLError[] };
export type AskerOf = (request: Partial<Grafast.RequestContext>) => Asker;

export interface BoundsOptions {
  /** Whether the schema is shown, by introspection or by what errors suggest. */
  readonly introspection: boolean;
  readonly askerOf: AskerOf;
  readonly spend: Spend;
}

/** A document that took less last time is answered without waiting for a turn. */
const QUICK_MS = 10;

export function createBoundsPlugin({ introspection, askerOf, spend }: BoundsOptions): GraphileConfig.Plugin {
  const effort = createEffort(spend);
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const quick = new WeakSet<OperationDefinitionNode>();
  let documents: Documents;
  let areKept = false;

  /** Plans the operation, if it is not yet, and begins to run it. */
  const begin = async <T>(args: GrafastExecutionArgs, next: () => T): Promise<{ readonly answer: T }> => {
    const operation = getOperationAST(args.document, args.operationName);
    Object.assign(args, { hideSuggestions: !introspection });
    const { subject } = askerOf(args.requestContext ?? {}).identity;
    // In an object, so that the answer itself is not waited for.
    const work = () => ({ answer: next() });
    const isQuick = operation ? quick.has(operation) : true;
    const { result, ms } = isQuick ? effort.now(subject, work) : await effort.inTurn(subject, work);
    if (operation && ms < QUICK_MS) quick.add(operation);
    else if (operation) quick.delete(operation);
    areKept ||= keepPlansWithDocuments(args.schema);
    return result;
  };

  return {
    name: "StewardBoundsPlugin",
    schema: {
      hooks: {
        finalize(schema: GraphQLSchema) {
          documents = createDocuments({ schema, rules, suggestions: introspection });
          const options = { ...schema.extensions.grafast, operationOperationPlansCacheMaxLength: PLANS_OF_DOCUMENT };
          return Object.assign(schema, { extensions: { ...schema.extensions, grafast: options } });
        },
      },
    },
    grafserv: {
      middleware: {
        setPreset(next, options) {
          const original = options.getExecutionConfig;
          options.getExecutionConfig = async function (context): Promise<ExecutionConfig> {
            const parseAndValidate = documents.judge as ExecutionConfig["parseAndValidate"];
            return { ...(await original.call(this, context)), parseAndValidate };
          };
          return next();
        },
        async processGraphQLRequestBody(next, { body, request, graphqlWsContext }) {
          const result = await next();
          const { query } = body;
          if (typeof query !== "string" || documents.knows(query)) return result;
          const socket = (graphqlWsContext?.extra as { readonly socket: unknown } | undefined)?.socket;
          const { identity } = askerOf(
            request?.requestContext ?? ({ ws: { socket } } as Partial<Grafast.RequestContext>),
          );
          await asSafeError(() => effort.inTurn(identity.subject, () => documents.judge(query)));
          return result;
        },
      },
    },
    grafast: {
      middleware: {
        async execute(next, { args }) {
          const { requestId } = askerOf(args.requestContext ?? {});
          try {
            refuse(args);
            const { answer } = await begin(args, next);
            const result = await answer;
            if (isAsyncIterable(result) || !result.errors) return result;
            const request = args.requestContext?.fastifyv5?.request;
            if (request) request.isUnavailable = result.errors.some(isUnavailable);
            return { ...result, errors: result.errors.map((error) => maskError(error, requestId)) };
          } catch (error) {
            return refusal(error, requestId);
          }
        },
        async subscribe(next, { args }) {
          const { requestId } = askerOf(args.requestContext ?? {});
          try {
            refuse(args);
            if (args.resolvedPreset) args.resolvedPreset = withoutEnd(args.resolvedPreset);
            return await (await begin(args, next)).answer;
          } catch (error) {
            return refusal(error, requestId);
          }
        },
      },
    },
  };
}

/**
 * grafast counts the time that a document may take from its beginning. A subscription has none in that sense: after that time every event of
 * it would fail. What is read for an event is bounded by the time that a statement may take.
 */
function withoutEnd(preset: GraphileConfig.ResolvedPreset): GraphileConfig.ResolvedPreset {
  const { execution: _, ...timeouts } = preset.grafast?.timeouts ?? {};
  return { ...preset, grafast: { ...preset.grafast, timeouts } };
}

/** Throws for what may not be run. */
function refuse({ schema, document, operationName, variableValues, requestContext }: GrafastExecutionArgs): void {
  const operation = getOperationAST(document, operationName);
  if (!operation) return;
  if (requestContext?.http && operation.operation === "subscription") throw new EngineError("ST108");
  checkCost(schema, document, operation, variableValues ?? {});
}

function refusal(error: unknown, requestId: string): Refusal {
  const originalError = error instanceof Error ? error : new Error(String(error));
  return { errors: [maskError(new GraphQLError(originalError.message, { originalError }), requestId)] };
}

function isUnavailable({ originalError }: GraphQLError): boolean {
  return toStewardError(originalError)?.code === "ST901";
}

/** Grafserv shows errors of its own class only. */
async function asSafeError(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    throw new SafeError(error.message, { ...extensionsOf(error), statusCode: error.http });
  }
}
