// Relations: those of labels, which the database does not enforce, are shown all the same, and the others are named as people speak of them.
import { jsonPgSmartTags } from "postgraphile/utils";

export const RelationsPlugin = jsonPgSmartTags({
  version: 1,
  config: {
    constraint: {
      "app_public.projects.projects_created_by_fkey": {
        tags: { fieldName: "creator", foreignFieldName: "createdProjects" },
      },
      "app_public.project_members.project_members_project_id_fkey": { tags: { foreignFieldName: "members" } },
      "app_public.project_members.project_members_user_id_fkey": { tags: { foreignFieldName: "projectMemberships" } },
      "app_public.tenant_members.tenant_members_tenant_id_fkey": { tags: { foreignFieldName: "members" } },
      "app_public.tenant_members.tenant_members_user_id_fkey": { tags: { foreignFieldName: "tenantMemberships" } },
      "app_public.spaces.spaces_owner_id_fkey": { tags: { foreignFieldName: "spaces" } },
      "app_public.user_credits.user_credits_user_id_fkey": { tags: { foreignFieldName: "credits" } },
      "app_public.user_type_assignments.user_type_assignments_user_id_fkey": {
        tags: { foreignFieldName: "typeAssignment" },
      },
    },
    class: {
      "app_public.labels": {
        tags: { foreignKey: "(user_id) references app_public.users (id)|@fieldName user|@foreignFieldName labels" },
      },
    },
  },
});
