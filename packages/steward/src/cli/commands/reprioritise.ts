// steward reprioritise: let open runs go before others, or after them.
import { steerCommand } from "../steer.ts";

export default steerCommand("reprioritise", "let open runs go before others, or after them", "given another priority");
