// Relations that the database does not enforce (a run outlives its subject, and a check per row would slow bulk signups), shown all the same.
import { jsonPgSmartTags } from "postgraphile/utils";

export const RelationsPlugin = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      "app_public.runs": {
        tags: {
          foreignKey: [
            "(owner_id) references app_public.users (id)|@fieldName owner|@foreignFieldName runs",
            "(project_id) references app_public.projects (id)|@fieldName project|@foreignFieldName runs",
          ],
        },
      },
      "app_public.steps": {
        tags: { foreignKey: "(run_id) references app_public.runs (id)|@fieldName run|@foreignFieldName steps" },
      },
      "app_public.labels": {
        tags: { foreignKey: "(user_id) references app_public.users (id)|@fieldName user|@foreignFieldName labels" },
      },
    },
  },
});
