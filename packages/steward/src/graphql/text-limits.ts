// What a document may be before it is even parsed: parsing and validating take time, and recurse.
import { EngineError } from "../errors/index.ts";

export const LONGEST_DOCUMENT = 16_384;
const DEEPEST_NESTING = 64;

/** Throws ST106 for a text that is too long, or nested too deeply to be worth parsing. */
export function checkText(text: string): void {
  if (text.length > LONGEST_DOCUMENT) {
    throw new EngineError("ST106", {
      sentence: `The document is too long; ${LONGEST_DOCUMENT} characters is the most. Send values as variables.`,
    });
  }
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[" || character === "(") depth += 1;
    else if (character === "}" || character === "]" || character === ")") depth -= 1;
    if (depth > DEEPEST_NESTING) throw new EngineError("ST106", { sentence: "The document is nested too deeply." });
  }
}
