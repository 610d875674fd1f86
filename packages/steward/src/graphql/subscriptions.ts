// Live status: the present state first, then each change, read anew as whoever asks each time.
import type { PgResource } from "postgraphile/@dataplan/pg";
import {
  constant,
  context,
  each,
  get,
  lambda,
  listen,
  object,
  type Step,
  TRAP_ERROR,
  trap,
} from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { EngineError } from "../errors/index.ts";
import { anyOf, type LiveEvent } from "./live/stream.ts";
import { LARGEST_PAGE } from "./pages.ts";
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

function topicOf(ids: readonly string[]): string {
  if (ids.length > 0 && ids.length <= LARGEST_PAGE) return anyOf([...new Set(ids.map((id) => id.toLowerCase()))]);
  throw new EngineError("ST107", { sentence: `ids must be between 1 and ${LARGEST_PAGE}.`, field: "ids" });
}

export const SubscriptionsPlugin = extendSchema((build) => {
  const runs = resourceOf(build, "runs");

  return {
    typeDefs: gql`
      extend type Subscription {
        """The run as it is now, then after each change, at most ten times a second; ends when you may not see it any more."""
        runChanged("""Which run.""" id: UUID!): RunChangedPayload
        """
        These runs as they are now, then each of them after it changed, at most once a second: for a list on a screen. Runs that you may not
        see are left out.
        """
        runsChanged("""Which runs, at most 100.""" ids: [UUID!]!): RunsChangedPayload
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
      """What runsChanged sends."""
      type RunsChangedPayload {
        """Why they are sent now."""
        reason: ChangeReason!
        """Those that changed; all at first."""
        runs: [Run]!
      }
    `,
    objects: {
      Subscription: {
        plans: {
          runChanged: {
            subscribePlan: (_$root, { $id }) => subscribeToRow(runs, $id as Step, "run") as never,
            plan: ($event) => deliverRow(runs, $event),
          },
          runsChanged: {
            subscribePlan(_$root, { $ids }) {
              const $topic = lambda($ids as Step<readonly string[]>, topicOf);
              const $initial = object({ id: $topic, reason: constant("INITIAL") });
              return listen(context().get("live") as never, $topic as never, undefined, $initial as never) as never;
            },
            plan: ($event) => $event,
          },
        },
      },
      RunChangedPayload: {
        plans: {
          reason: reasonOf,
          run: ($event: Step) => rowOf(runs, $event),
        },
      },
      RunsChangedPayload: {
        plans: {
          reason: reasonOf,
          runs: ($event: Step) =>
            each(
              lambda(get($event as Step<LiveEvent>, "id"), (ids) => ids.split("\n")),
              ($id) => runs.get({ id: $id }),
            ),
        },
      },
    },
  };
}, "StewardSubscriptionsPlugin");
