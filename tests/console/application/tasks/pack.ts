import { defineTask, type Services } from "steward";

/** Orders that cannot be packed at the moment, as a test wants it. */
interface Refusing extends Services {
  readonly refused: ReadonlySet<string>;
}

export default defineTask((step, services) => {
  if ((services as Refusing).refused.has(step.subjectId)) throw new Error(`there is no box for ${step.subjectId}`);
  return Promise.resolve(undefined);
});
