// steward suspend: hold open runs until they are resumed.
import { steerCommand } from "../steer.ts";

export default steerCommand("suspend", "hold open runs until they are resumed", "suspended");
