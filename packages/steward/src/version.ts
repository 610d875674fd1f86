// The version of this package.
import { readFileSync } from "node:fs";

// From src/ as from dist/, the package's folder is the next one up.
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

export const VERSION = version;
