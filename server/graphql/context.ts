// What plans can ask of a request.
import type { Identity } from "../http/identity.ts";

declare global {
  namespace Grafast {
    interface Context {
      identity: Identity;
    }
  }
}
