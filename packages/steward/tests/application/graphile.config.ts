// So that npx graphile-worker runs the same worker as npx steward worker.
import { workerPreset } from "steward/worker";

export default await workerPreset();
