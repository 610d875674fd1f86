// Projects, the newest first, with how far their provisioning is.
import {
  Ago,
  type Column,
  Eta,
  Link,
  List,
  PageTitle,
  ProgressBar,
  Status,
  Table,
  useChanges,
  usePlace,
  useRead,
} from "steward-console";
import { PROJECTS, type ProjectRow } from "./documents.ts";

export function ProjectsPage() {
  const place = usePlace();
  const read = useRead(PROJECTS, { after: place.after });
  useChanges(read.refresh);
  return (
    <>
      <PageTitle title="Projects" />
      <List read={read} page={read.data?.projects} place={place} empty="No project that you may see yet.">
        {(rows) => <Table name="Projects" columns={COLUMNS} rows={rows} keyOf={({ id }) => id} />}
      </List>
    </>
  );
}

const COLUMNS: readonly Column<ProjectRow>[] = [
  { title: "Project", as: "head", of: ({ id, name }) => <Link href={`/projects/${id}`}>{name}</Link> },
  { title: "State", of: ({ status }) => <ProjectState value={status} /> },
  {
    title: "Provisioning",
    of: ({ name, status, provisioningProgress, estimatedCompletion }) => (
      <>
        <ProgressBar of={provisioningProgress} name={name} />{" "}
        {status === "provisioning" && <Eta at={estimatedCompletion} />}
      </>
    ),
  },
  { title: "Where", of: (project) => <Where project={project} /> },
  { title: "Made", of: ({ createdAt }) => <Ago at={createdAt} /> },
];

export function Where({ project }: { readonly project: Pick<ProjectRow, "provider" | "providerRemark" | "region"> }) {
  const { provider, providerRemark, region } = project;
  return (
    <>
      {provider} {region}
      {providerRemark !== null && <small> {providerRemark}</small>}
    </>
  );
}

const LIKE: Readonly<Record<string, string>> = { provisioning: "running", active: "succeeded" };

export function ProjectState({ value }: { readonly value: string }) {
  return <Status value={value} like={LIKE[value]} />;
}
