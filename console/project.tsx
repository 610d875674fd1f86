// One project: its provisioning, and each member's state.
import { useState } from "react";
import {
  Ago,
  AskButton,
  Eta,
  Link,
  Pages,
  PageTitle,
  ProblemNote,
  ProgressBar,
  RunsTable,
  Scrolls,
  Status,
  type TypedDocumentNode,
  useFollow,
  useMutation,
  useRead,
  useThrottled,
} from "steward-console";
import {
  DELETE_PROJECT,
  type Member,
  PROJECT,
  PROJECT_CHANGED,
  type ProjectDetail,
  RESUME_PROJECT,
  SUSPEND_PROJECT,
  TROUBLES,
} from "./documents.ts";
import { ProjectState } from "./projects.tsx";

const SHORTEST_PAUSE_MS = 1_000;

export function ProjectPage({ id }: { readonly id: string }) {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const { data, error, isLoading, refresh } = useRead(PROJECT, { id, after: cursors.at(-1) ?? null });
  const project = data?.project;
  const provisioning = project?.runs.nodes.find(({ kind }) => kind === "project_provisioning");
  const troubles = useRead(TROUBLES, { runId: provisioning?.id ?? "" }, { skip: !provisioning });
  const again = useThrottled(() => {
    refresh();
    if (provisioning) troubles.refresh();
  }, SHORTEST_PAUSE_MS);
  useFollow(PROJECT_CHANGED, { id }, { onData: again });
  return (
    <>
      <PageTitle title={project?.name ?? "Project"} />
      <ProblemNote error={error} />
      {isLoading && <p role="status">Loading…</p>}
      {data && !project && <p className="empty">There is no such project, or you may not see it.</p>}
      {project && (
        <>
          <p className="run-line">
            <ProjectState value={project.status} />
            <ProgressBar of={project.provisioningProgress} name={project.name} />
            {project.status === "provisioning" && <Eta at={project.estimatedCompletion} />}
            {provisioning && <Link href={`/runs/${provisioning.id}`}>its provisioning, and why it is not further</Link>}
          </p>
          {project.description && <p>{project.description}</p>}
          <Acts project={project} />
          <section>
            <h2>Members</h2>
            <Members members={project.members.nodes} troubles={troubles.data?.steps.nodes ?? []} />
            <Pages cursors={cursors} page={project.members.pageInfo} onTurn={setCursors} />
          </section>
          <section>
            <h2>Runs</h2>
            {project.runs.nodes.length > 0 ? <RunsTable rows={project.runs.nodes} /> : <p className="faint">None.</p>}
          </section>
        </>
      )}
    </>
  );
}

interface Trouble {
  readonly item: string | null;
  readonly status: string;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly readyAt: string;
}

function Members({
  members,
  troubles,
}: {
  readonly members: readonly Member[];
  readonly troubles: readonly Trouble[];
}) {
  if (members.length === 0) return <p className="faint">Nobody yet.</p>;
  const troubleOf = new Map(troubles.map((trouble) => [trouble.item, trouble]));
  return (
    <Scrolls name="Members">
      <table>
        <thead>
          <tr>
            <th scope="col">Member</th>
            <th scope="col">Role</th>
            <th scope="col">State at the provider</th>
          </tr>
        </thead>
        <tbody>
          {members.map(({ userId, role, syncedAt, user }) => {
            const trouble = troubleOf.get(userId);
            return (
              <tr key={userId}>
                <th scope="row">{user ? <Link href={`/users/${user.id}`}>{user.username}</Link> : userId}</th>
                <td>{role}</td>
                <td className="words">
                  {trouble ? (
                    <>
                      <Status value={trouble.status} /> <strong>{trouble.errorCode}</strong> {trouble.errorMessage}
                    </>
                  ) : syncedAt ? (
                    <>
                      <Status value="succeeded" />{" "}
                      <span className="faint">
                        <Ago at={syncedAt} />
                      </span>
                    </>
                  ) : (
                    <Status value="waiting" />
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scrolls>
  );
}

function Acts({ project: { id, name, status } }: { readonly project: ProjectDetail }) {
  return (
    <div className="buttons">
      {status === "suspended" ? (
        <Act
          document={RESUME_PROJECT}
          verb="Resume"
          title={`Resume ${name}`}
          says="Enables it at the provider, and goes on with what was held."
          id={id}
        />
      ) : (
        <Act
          document={SUSPEND_PROJECT}
          verb="Suspend"
          title={`Suspend ${name}`}
          says="Disables it at the provider, and holds its steps until you resume it."
          id={id}
        />
      )}
      <Act
        document={DELETE_PROJECT}
        verb="Delete"
        title={`Delete ${name}`}
        says="The project is gone at once, and a run removes it at the provider. It cannot be brought back."
        id={id}
        isDangerous
      />
    </div>
  );
}

interface ActProps {
  readonly document: TypedDocumentNode<{ done: object | null }, { input: { id: string } }>;
  readonly verb: string;
  readonly title: string;
  readonly says: string;
  readonly id: string;
  readonly isDangerous?: boolean;
}

function Act({ document, id, ...rest }: ActProps) {
  const [{ error }, go] = useMutation(document);
  return <AskButton {...rest} error={error} onGo={async () => Boolean((await go({ input: { id } })).data?.done)} />;
}
