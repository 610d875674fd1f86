// Deletes what a deleted user owned in one registered table, in batches.
export { default } from "steward/purge/task";
