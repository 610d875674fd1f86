// steward retry: do again what is not done of failed and cancelled runs.
import { steerCommand } from "../steer.ts";

export default steerCommand("retry", "do again what is not done of failed and cancelled runs", "retried");
