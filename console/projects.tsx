// Projects, the newest first, with how far their provisioning is.
import { useState } from "react";
import {
  Ago,
  Eta,
  Link,
  Pages,
  PageTitle,
  ProblemNote,
  ProgressBar,
  Scrolls,
  Status,
  useChanges,
  useRead,
} from "steward-console";
import { PROJECTS } from "./documents.ts";

export function ProjectsPage() {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const { data, error, isLoading, refresh } = useRead(PROJECTS, { after: cursors.at(-1) ?? null });
  useChanges(refresh);
  const projects = data?.projects.nodes ?? [];
  return (
    <>
      <PageTitle title="Projects" />
      <ProblemNote error={error} />
      {isLoading && <p role="status">Loading…</p>}
      {data && projects.length === 0 && <p className="empty">No project that you may see yet.</p>}
      {projects.length > 0 && (
        <Scrolls name="Projects">
          <table>
            <thead>
              <tr>
                <th scope="col">Project</th>
                <th scope="col">State</th>
                <th scope="col">Provisioning</th>
                <th scope="col">Where</th>
                <th scope="col">Made</th>
              </tr>
            </thead>
            <tbody>
              {projects.map(
                ({ id, name, status, provisioningProgress, estimatedCompletion, provider, region, createdAt }) => (
                  <tr key={id}>
                    <th scope="row">
                      <Link href={`/projects/${id}`}>{name}</Link>
                    </th>
                    <td>
                      <ProjectState value={status} />
                    </td>
                    <td>
                      <ProgressBar of={provisioningProgress} name={name} />{" "}
                      {status === "provisioning" && <Eta at={estimatedCompletion} />}
                    </td>
                    <td>
                      {provider} {region}
                    </td>
                    <td>
                      <Ago at={createdAt} />
                    </td>
                  </tr>
                ),
              )}
            </tbody>
          </table>
        </Scrolls>
      )}
      <Pages cursors={cursors} page={data?.projects.pageInfo} onTurn={setCursors} />
    </>
  );
}

const LIKE: Readonly<Record<string, string>> = { provisioning: "running", active: "succeeded" };

export function ProjectState({ value }: { readonly value: string }) {
  return <Status value={value} like={LIKE[value]} />;
}
