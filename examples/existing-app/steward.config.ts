// Where Steward finds what is ours. Databases and secrets come from the environment: DATABASE_URL, and so on.
import { defineConfig } from "steward";

export default defineConfig({
  tasks: "tasks",
  lifecycles: "steward/lifecycles",
  readers: { reader: "shop_customer", admin: "shop_support" },
});
