// One project: its provisioning, and each member's state.
import {
  Ago,
  AskButton,
  type Column,
  Eta,
  Link,
  Pages,
  PageTitle,
  ProblemNote,
  ProgressBar,
  RunsTable,
  Status,
  Table,
  type TypedDocumentNode,
  useFollow,
  useMutation,
  usePlace,
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
import { ProjectState, Where } from "./projects.tsx";

const SHORTEST_PAUSE_MS = 1_000;

export function ProjectPage({ id }: { readonly id: string }) {
  const place = usePlace();
  const { data, error, isLoading, refresh } = useRead(PROJECT, { id, after: place.after });
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
          <p className="faint">
            <Where project={project} />
          </p>
          {project.description && <p>{project.description}</p>}
          <Acts project={project} />
          <section>
            <h2>Members</h2>
            <Members members={project.members.nodes} troubles={troubles.data?.steps.nodes ?? []} />
            <Pages place={place} page={project.members} />
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
  const columns: readonly Column<Member>[] = [
    {
      title: "Member",
      as: "head",
      of: ({ userId, user }) => (user ? <Link href={`/users/${user.id}`}>{user.username}</Link> : userId),
    },
    { title: "Role", of: ({ role }) => role },
    {
      title: "State at the provider",
      as: "words",
      of: ({ userId, syncedAt }) => <MemberState trouble={troubleOf.get(userId)} syncedAt={syncedAt} />,
    },
  ];
  return <Table name="Members" columns={columns} rows={members} keyOf={({ userId }) => userId} />;
}

function MemberState({
  trouble,
  syncedAt,
}: {
  readonly trouble: Trouble | undefined;
  readonly syncedAt: string | null;
}) {
  if (trouble)
    return (
      <>
        <Status value={trouble.status} /> <strong>{trouble.errorCode}</strong> {trouble.errorMessage}
      </>
    );
  if (syncedAt === null) return <Status value="waiting" />;
  return (
    <>
      <Status value="succeeded" />{" "}
      <span className="faint">
        <Ago at={syncedAt} />
      </span>
    </>
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
