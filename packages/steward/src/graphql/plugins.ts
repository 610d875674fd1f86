// The engine's part of a GraphQL schema.
import { ExplanationsPlugin } from "./explanations.ts";
import { filters } from "./filters.ts";
import { createIdsPlugin } from "./ids.ts";
import { createOrdersPlugin } from "./orders.ts";
import { ShownPlugin } from "./ours.ts";
import { OverviewPlugin } from "./overview.ts";
import { createPagesPlugin } from "./pages.ts";
import { records } from "./records.ts";
import { RunsPlugin } from "./runs.ts";
import { StagesPlugin } from "./stages.ts";
import { SteeringPlugin } from "./steering.ts";
import { StepsPlugin } from "./steps.ts";
import { SubscriptionsPlugin } from "./subscriptions.ts";

/** Names, orders and pages of the engine's own rows, or of all. */
export const enginePlugins = (of: "engine" | "all"): readonly GraphileConfig.Plugin[] => [
  createIdsPlugin(of),
  StepsPlugin,
  ShownPlugin,
  createOrdersPlugin(of),
  createPagesPlugin(of),
  ...filters,
  ...records,
  RunsPlugin,
  ExplanationsPlugin,
  SteeringPlugin,
  StagesPlugin,
  OverviewPlugin,
  SubscriptionsPlugin,
];
