// The texts of a user's documents are theirs. Administrators can read them, as they must be able to help; each such read is in the log.
import type { PgSelectSingleStep } from "postgraphile/@dataplan/pg";
import { context, type ExecutionDetails, type GrafastResultsList, Step } from "postgraphile/grafast";
import { wrapPlans } from "postgraphile/utils";
import { log } from "steward/log";
import "steward/graphql/context";

export const DocumentReadsPlugin = wrapPlans(
  {
    Document: {
      body: (plan, $document) => new NoteReadsStep(plan(), ($document as PgSelectSingleStep).get("id")),
    },
  },
  { name: "StewardDocumentReadsPlugin" },
);

type Dependencies = [string | null, string, Grafast.Context];

/** Passes the texts on, and notes in one line whose they are. */
class NoteReadsStep extends Step<string | null> {
  override isSyncAndSafe = true;

  constructor($body: Step, $id: Step) {
    super();
    this.addDependency($body);
    this.addDependency($id);
    this.addUnaryDependency(context());
  }

  override execute({ indexMap, values }: ExecutionDetails<Dependencies>): GrafastResultsList<string | null> {
    const [bodies, ids, $context] = values;
    const { identity, requestId } = $context.unaryValue();
    if (identity.role === "admin") {
      const documents = indexMap((index) => ids.at(index));
      log.info({ requestId, subject: identity.subject, documents }, "an administrator read documents of users");
    }
    return indexMap((index) => bodies.at(index));
  }
}
