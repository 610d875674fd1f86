// A run and its steps: a relation that the database does not enforce, for a check per row would slow bulk inserts.
import { jsonPgSmartTags } from "postgraphile/utils";

export const StepsPlugin = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      "steward.steps": {
        tags: { foreignKey: "(run_id) references steward.runs (id)|@fieldName run|@foreignFieldName steps" },
      },
    },
  },
});
