// What an application imports: `import { defineTask } from "steward"`.

export { defineConfig, type ServicesOf, type StewardConfig } from "./config/define.ts";
export { defineTask, type StepTask } from "./engine/define-task.ts";
export type { Db, Effects, Outcome, Services, Step, Work } from "./engine/step.ts";
export {
  type Details,
  defineErrors,
  EngineError,
  type ErrorDefinition,
  type Retry,
  StewardError,
} from "./errors/index.ts";
