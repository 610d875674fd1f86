// What this application adds to the engine's GraphQL API.
import type { GraphqlApplication } from "steward/graphql/application";
import { DocumentReadsPlugin } from "./documents-read.ts";
import { MembersPlugin } from "./members.ts";
import { OnboardingPlugin } from "./onboarding.ts";
import { ProjectChangedPlugin } from "./project-changed.ts";
import { ProjectsPlugin } from "./projects.ts";
import { RelationsPlugin } from "./relations.ts";
import { ResyncPlugin } from "./resync.ts";
import { RunRelationsPlugin } from "./run-relations.ts";
import { TenantsPlugin } from "./tenants.ts";
import { OwnEmailPlugin, UsersPlugin } from "./users.ts";

declare global {
  namespace Grafast {
    interface Context {
      /** Opens what was sealed at rest. */
      readonly open: (sealed: string, context: string) => string;
      /** Model name of the agent that onboarding makes. */
      readonly assistantModel: string;
    }
  }
}

/** A row of each project among the ids, in few words. */
const LOOKS = `
select p.id::text, md5(concat_ws(' ', p, (select count(*) from app_public.project_members m where m.project_id = p.id))) as look
from app_public.projects p
where p.id::text = any ($1)`;

/** Without a context, which is a server's. */
export const graphqlApplication: GraphqlApplication = {
  roles: { reader: "steward_user", admin: "steward_admin" },
  schemas: ["app_public"],
  plugins: [
    RelationsPlugin,
    RunRelationsPlugin,
    DocumentReadsPlugin,
    OwnEmailPlugin,
    UsersPlugin,
    TenantsPlugin,
    ProjectsPlugin,
    MembersPlugin,
    OnboardingPlugin,
    ResyncPlugin,
    ProjectChangedPlugin,
  ],
  context: {},
  looks: LOOKS,
};
