// One user: what they have, what is missing, their projects and runs.
import {
  AskButton,
  Link,
  PageTitle,
  ProblemNote,
  RunsTable,
  useChanges,
  useMutation,
  useNavigate,
  useRead,
} from "steward-console";
import { DELETE_USER, TRIGGER_ONBOARDING, USER, type UserDetail } from "./documents.ts";
import { ProjectState } from "./projects.tsx";
import { OnboardingState } from "./users.tsx";

export function UserPage({ id }: { readonly id: string }) {
  const { data, error, isLoading, refresh } = useRead(USER, { id });
  useChanges(refresh);
  const user = data?.user;
  return (
    <>
      <PageTitle title={user?.username ?? "User"} />
      <ProblemNote error={error} />
      {isLoading && <p role="status">Loading…</p>}
      {data && !user && (
        <p className="empty">
          There is no such user any more. <Link href="/deletions">Deletions</Link>
        </p>
      )}
      {user && (
        <>
          <Acts user={user} />
          <UserFacts user={user} />
          <section>
            <h2>Runs</h2>
            {user.runs.nodes.length > 0 ? <RunsTable rows={user.runs.nodes} /> : <p className="faint">None.</p>}
          </section>
        </>
      )}
    </>
  );
}

export function UserFacts({ user }: { readonly user: UserDetail }) {
  const { onboarding, credits, driveAccount, email, role, projectMemberships } = user;
  return (
    <>
      <dl className="facts">
        <Fact name="onboarding">
          <OnboardingState of={onboarding} />
        </Fact>
        {onboarding?.missing && onboarding.missing.length > 0 && (
          <Fact name="missing">{onboarding.missing.join(", ")}</Fact>
        )}
        <Fact name="credits">{credits?.balance ?? "none"}</Fact>
        <Fact name="drive">
          {driveAccount
            ? `${driveAccount.externalId}, ${driveAccount.status}, ${driveAccount.filesRemoved} skeleton files removed`
            : "no account yet"}
        </Fact>
        {email && <Fact name="e-mail">{email}</Fact>}
        <Fact name="role">{role}</Fact>
      </dl>
      {onboarding?.errorMessage && <p className="note note-bad">{onboarding.errorMessage}</p>}
      {projectMemberships.nodes.length > 0 && (
        <section>
          <h2>Projects</h2>
          <ul className="mine">
            {projectMemberships.nodes.map(
              ({ role: as, project }) =>
                project && (
                  <li key={project.id}>
                    <Link href={`/projects/${project.id}`}>{project.name}</Link> <ProjectState value={project.status} />{" "}
                    <span className="faint">as {as}</span>
                  </li>
                ),
            )}
          </ul>
        </section>
      )}
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Acts({ user: { id, username } }: { readonly user: UserDetail }) {
  const [onboarding, trigger] = useMutation(TRIGGER_ONBOARDING);
  const [deletion, remove] = useMutation(DELETE_USER);
  const navigate = useNavigate();
  const follow = (run: string | undefined) => run !== undefined && navigate(`/runs/${run}`);
  return (
    <div className="buttons">
      <AskButton
        verb="Onboard again"
        title={`Onboard ${username} again`}
        says="Gives what is missing, and changes nothing of what is there."
        error={onboarding.error}
        onGo={async () => {
          const { data } = await trigger({ input: { userId: id } });
          follow(data?.done?.run?.id);
          return Boolean(data?.done);
        }}
      />
      <AskButton
        verb="Delete"
        isDangerous
        title={`Delete ${username}`}
        says="The user is gone at once, and cannot be brought back. Labels, the drive account and memberships are removed by a run."
        error={deletion.error}
        onGo={async () => {
          const { data } = await remove({ input: { id } });
          follow(data?.done?.run?.id);
          return Boolean(data?.done);
        }}
      />
    </div>
  );
}
