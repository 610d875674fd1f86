// Grafast keeps the plans of so many documents, however large each of them is. Kept by their document instead, they are let go with it.
import type { GraphQLSchema } from "graphql";
import "postgraphile/grafast";

/** Plans of one document, which differ by its variables. */
export const PLANS_OF_DOCUMENT = 2;

/** To be called after something has been planned, which makes the cache. Returns whether it was there. */
export function keepPlansWithDocuments({ extensions }: GraphQLSchema): boolean {
  const options = extensions.grafast as Record<symbol, unknown> | undefined;
  // Its key is not exported.
  const key = Object.getOwnPropertySymbols(options ?? {}).find(({ description }) => description === "cacheByOperation");
  if (!options || !key) return false;
  options[key] = new WeakMap();
  return true;
}
