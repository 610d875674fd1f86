// Live status: the present state first, then each change, read anew as whoever asks each time.
import { constant, context, get, lambda, listen, object, type Step, TRAP_ERROR, trap } from "postgraphile/grafast";
import { extendSchema, gql } from "postgraphile/utils";
import { StewardError } from "../errors.ts";
import type { LiveEvent } from "./live/stream.ts";
import { resourceOf } from "./resources.ts";

export const SubscriptionsPlugin = extendSchema((build) => {
  const runs = resourceOf(build, "runs");
  const projects = resourceOf(build, "projects");

  /** Whoever may not see the row cannot subscribe to it. */
  const subscribe = (resource: typeof runs, $id: Step, what: string) => {
    const $row = resource.get({ id: $id });
    const $topic = lambda($row.get("id"), (id) => {
      if (typeof id !== "string")
        throw new StewardError("ST110", { field: "id", sentence: `There is no such ${what}.` });
      return id;
    });
    const $initial = object({ id: $topic, reason: constant("INITIAL") });
    return listen(context().get("live") as never, $topic as never, undefined, $initial as never);
  };

  /** Whoever may not see the row any more is told so once, and of nothing that comes after. */
  const deliver = (resource: typeof runs, $event: Step): Step => {
    const $change = $event as Step<LiveEvent>;
    // A row that cannot be read now is no reason to end: its error is shown where the row is.
    const $seen = trap(resource.get({ id: get($change, "id") }).get("id"), TRAP_ERROR, {
      valueForError: "PASS_THROUGH",
    });
    return lambda([$change, $seen] as const, ([event, seen]) => {
      if (seen === null || seen === undefined) event.end?.();
      return event;
    });
  };

  return {
    typeDefs: gql`
      extend type Subscription {
        """The run as it is now, then after each change, at most ten times a second; ends when you may not see it any more."""
        runChanged("""Which run.""" id: UUID!): RunChangedPayload
        """
        The project as it is now, then after each change of it, its members or its runs, at most ten times a second; ends when it is gone, or
        you may not see it any more.
        """
        projectChanged("""Which project.""" id: UUID!): ProjectChangedPayload
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
      """What projectChanged sends."""
      type ProjectChangedPayload {
        """Why it is sent now."""
        reason: ChangeReason!
        """Null when it is gone, or you may not see it any more."""
        project: Project
      }
    `,
    objects: {
      Subscription: {
        plans: {
          runChanged: {
            subscribePlan: (_$root, { $id }) => subscribe(runs, $id as Step, "run"),
            plan: ($event) => deliver(runs, $event),
          },
          projectChanged: {
            subscribePlan: (_$root, { $id }) => subscribe(projects, $id as Step, "project"),
            plan: ($event) => deliver(projects, $event),
          },
        },
      },
      RunChangedPayload: {
        plans: {
          reason: ($event: Step) => get($event as Step<LiveEvent>, "reason"),
          run: ($event: Step) => runs.get({ id: get($event as Step<LiveEvent>, "id") }),
        },
      },
      ProjectChangedPayload: {
        plans: {
          reason: ($event: Step) => get($event as Step<LiveEvent>, "reason"),
          project: ($event: Step) => projects.get({ id: get($event as Step<LiveEvent>, "id") }),
        },
      },
    },
  };
}, "StewardSubscriptionsPlugin");
