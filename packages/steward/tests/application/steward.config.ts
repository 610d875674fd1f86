// An application as small as the tests of the package need it.
import { defineConfig } from "steward";

export default defineConfig({
  tasks: "tasks",
  lifecycles: "steward/lifecycles",
  services: () => ({ refused: new Set<string>() }),
});
