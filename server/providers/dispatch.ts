// How requests go out: later than they are made, for a connection has to be opened first, and the whole process may be stopped meanwhile.
import { rootCertificates } from "node:tls";
import { Agent, type Dispatcher } from "undici";

const usual = new Agent();

/** For fetch: asks `guard` in the moment in which a request is written. If it throws, nothing is sent. */
export function guarded(dispatcher: Dispatcher, guard: () => void): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => dispatch(options, guardedHandler(handler, guard)));
}

/** Connections to servers whose certificates the usual authorities have signed, or these (in PEM). */
export function connections(ca: string | undefined): Dispatcher {
  return ca === undefined ? usual : new Agent({ connect: { ca: [...rootCertificates, ca] } });
}

function guardedHandler(handler: Dispatcher.DispatchHandler, guard: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart(...args) {
      guard();
      handler.onRequestStart?.(...args);
    },
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStarted: () => handler.onResponseStarted?.(),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
  };
}
