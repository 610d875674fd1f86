// A request goes out later than it is made: a connection has to be opened first, and the whole process may be stopped meanwhile.
import { Agent, type Dispatcher } from "undici";

const agent = new Agent();

/** For fetch: asks `guard` in the moment in which a request is written. If it throws, nothing is sent. */
export function guardedDispatcher(guard: () => void): Dispatcher {
  return agent.compose((dispatch) => (options, handler) => dispatch(options, guarded(handler, guard)));
}

function guarded(handler: Dispatcher.DispatchHandler, guard: () => void): Dispatcher.DispatchHandler {
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
