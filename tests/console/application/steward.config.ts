// A shop, as small as the tests of the page need it.
import { defineConfig } from "steward";

export default defineConfig({
  tasks: "tasks",
  lifecycles: "steward/lifecycles",
  services: () => ({ refused: new Set<string>() }),
});
