// Traces of OpenTelemetry, for an application that has its SDK. Of it we know the API alone, which may be absent; where no SDK is
// registered nothing is done and nothing is read.
import type {
  Attributes,
  Context,
  ProxyTracerProvider,
  Span,
  SpanKind,
  Tracer,
  TracerProvider,
} from "@opentelemetry/api";
import { StewardError } from "./errors/index.ts";
import { VERSION } from "./version.ts";

const api = await import("@opentelemetry/api").catch(() => undefined);
const SCOPE = "steward";
/** As W3C's Trace Context writes it: version, trace, span, flags. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

export interface SpanOptions {
  readonly kind: keyof typeof SpanKind;
  readonly attributes?: Attributes;
  /** The traceparent of the span that it belongs to, or null for none; by default the span that is active here. */
  readonly parent?: string | null;
}

/** Whether anybody takes spans. */
export function isTraced(): boolean {
  return findTracer() !== undefined;
}

/** Runs `work` in a span of its own. An error is told by its code: its words may be about people. */
export async function inSpan<T>(name: string, options: SpanOptions, work: (span?: Span) => Promise<T>): Promise<T> {
  const tracer = findTracer();
  if (api === undefined || tracer === undefined) return work();
  const { context, trace, SpanKind, SpanStatusCode } = api;
  const { kind, attributes = {}, parent } = options;
  const from = parent === undefined ? context.active() : contextOf(parent);
  const span = tracer.startSpan(name, { kind: SpanKind[kind], attributes }, from);
  try {
    return await context.with(trace.setSpan(from, span), work, undefined, span);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttribute("error.type", error instanceof StewardError ? error.code : "error");
    throw error;
  } finally {
    span.end();
  }
}

/** The span that is active here, for a run that begins here. Undefined where none is. */
export function activeTraceparent(): string | undefined {
  if (api === undefined || findTracer() === undefined) return undefined;
  const active = api.trace.getSpanContext(api.context.active());
  if (active === undefined || !api.isSpanContextValid(active)) return undefined;
  return `00-${active.traceId}-${active.spanId}-${active.traceFlags.toString(16).padStart(2, "0")}`;
}

/** The headers that tell another service of the span that is active here, in the form that the application chose. */
export function traceHeaders(): Record<string, string> {
  const headers = {};
  if (findTracer() !== undefined) api?.propagation.inject(api.context.active(), headers);
  return headers;
}

function findTracer(): Tracer | undefined {
  if (api === undefined) return undefined;
  const provider: TracerProvider & Partial<ProxyTracerProvider> = api.trace.getTracerProvider();
  // The one that stands for an SDK has nobody behind it until there is one. It may be of another copy of the API than ours.
  return provider.getDelegateTracer ? provider.getDelegateTracer(SCOPE, VERSION) : provider.getTracer(SCOPE, VERSION);
}

/** What is no traceparent begins a trace of its own. */
function contextOf(parent: string | null): Context {
  const { trace, isSpanContextValid, ROOT_CONTEXT } = api as NonNullable<typeof api>;
  const [, traceId = "", spanId = "", flags = "0"] = TRACEPARENT.exec(parent ?? "") ?? [];
  const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}
