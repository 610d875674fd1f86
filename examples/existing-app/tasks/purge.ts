// Deletes the rows that steward.purge_targets names.
export { default } from "steward/purge/task";
