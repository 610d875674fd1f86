// steward unpause: lets a paused task, lane or lifecycle go on.
import { pauseCommand } from "../pauses.ts";

export default pauseCommand("unpause", "let a paused task, lane or lifecycle go on");
