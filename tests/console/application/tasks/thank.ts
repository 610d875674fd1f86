import { defineTask } from "steward";

export default defineTask(() => Promise.resolve(undefined));
