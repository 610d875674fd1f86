// Steps that this worker holds and nobody runs: they were begun, or ended, by a statement whose answer a broken connection
// swallowed. They are given back, instead of waiting for their timeout.
import type { Log } from "../log.ts";
import { isUnreachable } from "../unreachable.ts";
import type { HeldLease } from "./presence.ts";
import type { Db } from "./step.ts";

/** Returns a function to be told, at each beat, of the leases held that no attempt here is for. */
export function createStrays(
  db: Pick<Db, "query">,
  log: Log,
): (unattended: readonly HeldLease[], workerId: number) => void {
  let before = new Set<string>();

  async function giveBack({ step_id, lease }: HeldLease, workerId: number): Promise<void> {
    log.warn({ step: step_id }, "gives back a step that it holds but does not run");
    if (lease !== null) await db.query("select steward_private.fail_step($1, $2, 'release')", [step_id, lease]);
    else await db.query("select steward_private.end_attempts($1, $2)", [[step_id], workerId]);
  }

  return (unattended, workerId) => {
    const now = new Set<string>();
    for (const held of unattended) {
      // A step that began a moment ago is about to run. Seen twice, it is a stray.
      const key = `${held.step_id}/${held.lease}`;
      if (!before.has(key)) now.add(key);
      else
        giveBack(held, workerId).catch((err: unknown) => {
          if (isUnreachable(err)) log.info({ err }, "could not give a step back; it is tried again");
        });
    }
    before = now;
  };
}
