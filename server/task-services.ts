// What the tasks of this application are given.
import type { Clouds } from "./providers/clouds.ts";
import type { Drive } from "./providers/drive.ts";

declare global {
  namespace Steward {
    interface Services {
      readonly drive: Drive;
      readonly clouds: Clouds;
      /** Model name of the agent that onboarding makes. */
      readonly assistantModel: string;
      /** Whether what somebody removed at a provider is made again; otherwise it counts as lost. */
      readonly remakesWhatIsGone: boolean;
      /** Encrypts what must be kept; `context` binds it to its owner. */
      seal(plaintext: string, context: string): string;
      open(sealed: string, context: string): string;
    }
  }
}
