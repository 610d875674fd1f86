// Live status: the present state first, then each change, read anew as whoever asks each time.
import type { PgResource } from "postgraphile/@dataplan/pg";
import { constant, context, get, lambda, listen, object, type Step, TRAP_ERROR, trap } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { EngineError } from "../errors/index.ts";
import type { LiveEvent } from "./live/stream.ts";
import { resourceOf } from "./resources.ts";

/** The events of a row of `resource`, for `subscribePlan`. A row that the subscriber may not see cannot be subscribed to. */
export function subscribeToRow(resource: PgResource, $id: Step, what: string): Step {
  const $row = resource.get({ id: $id });
  const $topic = lambda($row.get("id"), (id) => {
    if (typeof id !== "string") throw new EngineError("ST110", { field: "id", sentence: `There is no such ${what}.` });
    return id;
  });
  const $initial = object({ id: $topic, reason: constant("INITIAL") });
  return listen(context().get("live") as never, $topic as never, undefined, $initial as never) as unknown as Step;
}

/** Passes events on, for `plan`. A subscriber who may not see the row any more is told so once, and of nothing that comes after. */
export function deliverRow(resource: PgResource, $event: Step): Step {
  const $change = $event as Step<LiveEvent>;
  // A row that cannot be read now is no reason to end: its error is shown where the row is.
  const $seen = trap(resource.get({ id: get($change, "id") }).get("id"), TRAP_ERROR, { valueForError: "PASS_THROUGH" });
  return lambda([$change, $seen] as const, ([event, seen]) => {
    if (seen === null || seen === undefined) event.end?.();
    return event;
  });
}

/** What an event says: why, and which row. */
export const reasonOf = ($event: Step) => get($event as Step<LiveEvent>, "reason");
export const rowOf = (resource: PgResource, $event: Step) => resource.get({ id: get($event as Step<LiveEvent>, "id") });

export const SubscriptionsPlugin = extendSchema((build) => {
  const runs = resourceOf(build, "runs");

  return {
    typeDefs: gql`
      extend type Subscription {
        """The run as it is now, then after each change, at most ten times a second; ends when you may not see it any more."""
        runChanged("""Which run.""" id: UUID!): RunChangedPayload
      }

      """Why a state was sent."""
      enum ChangeReason {
        """It is what there was at first."""
        INITIAL
        """Something has changed."""
        CHANGED
        """Changes may have been missed; this is how it stands."""
        RESYNC
      }
      """What runChanged sends."""
      type RunChangedPayload {
        """Why it is sent now."""
        reason: ChangeReason!
        """Null when you may not see it any more."""
        run: Run
      }
    `,
    objects: {
      Subscription: {
        plans: {
          runChanged: {
            subscribePlan: (_$root, { $id }) => subscribeToRow(runs, $id as Step, "run") as never,
            plan: ($event) => deliverRow(runs, $event),
          },
        },
      },
      RunChangedPayload: {
        plans: {
          reason: reasonOf,
          run: ($event: Step) => rowOf(runs, $event),
        },
      },
    },
  };
}, "StewardSubscriptionsPlugin");
