export { default } from "steward/purge/task";
