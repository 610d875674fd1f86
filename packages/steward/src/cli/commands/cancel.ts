// steward cancel: give up what is not done of open runs.
import { steerCommand } from "../steer.ts";

export default steerCommand("cancel", "give up what is not done of open runs", "cancelled");
