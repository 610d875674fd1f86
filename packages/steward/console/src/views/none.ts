// An application's views, where there are none.
import type { View } from "./view.ts";

export const views: readonly View[] = [];
