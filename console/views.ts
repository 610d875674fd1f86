// This application's views in the console: docs/console.md says how they come in.
import type { View } from "steward-console";
import { DeletionsPage } from "./deletions.tsx";
import { MyAccountPage } from "./my-account.tsx";
import { ProjectPage } from "./project.tsx";
import { ProjectsPage } from "./projects.tsx";
import { TryPage } from "./try-out.tsx";
import { UserPage } from "./user.tsx";
import { UsersPage } from "./users.tsx";

export const views: readonly View[] = [
  { path: "users", title: "Users", table: "app_public.users", for: "operators", List: UsersPage, One: UserPage },
  {
    path: "projects",
    title: "Projects",
    table: "app_public.projects",
    for: "everybody",
    List: ProjectsPage,
    One: ProjectPage,
  },
  { path: "deletions", title: "Deletions", for: "operators", List: DeletionsPage },
  { path: "account", title: "My account", for: "everybody", List: MyAccountPage },
  { path: "try", title: "Try it", for: "operators", List: TryPage, isShown: ({ standIns }) => Array.isArray(standIns) },
];
