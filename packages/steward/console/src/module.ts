// What the views of an application may import: import { ... } from "steward-console".
export type { View } from "./views/view.ts";
