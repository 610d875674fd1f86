// steward resume: let suspended runs go on.
import { steerCommand } from "../steer.ts";

export default steerCommand("resume", "let suspended runs go on", "resumed");
