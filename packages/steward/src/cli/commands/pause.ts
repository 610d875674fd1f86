// steward pause: no step of a task, a lane or a lifecycle begins until it is unpaused.
import { pauseCommand } from "../pauses.ts";

export default pauseCommand("pause", "let no step of a task, a lane or a lifecycle begin; what runs goes on");
