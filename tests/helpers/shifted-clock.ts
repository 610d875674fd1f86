// Preloaded into a process (node --import), shifts its clock by CLOCK_OFFSET_MS: a machine whose time is wrong. A module rather
// than libfaketime, which has to be installed, is not there on macOS, and shifts the monotonic clock behind Node's timers as well.
const offset = Number(process.env["CLOCK_OFFSET_MS"]);
const { now } = Date;

globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now() + offset] : args, newTarget) as Date,
  apply: () => new Date().toString(),
});
Date.now = () => now() + offset;
