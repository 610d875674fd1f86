// A person's own account: what is there already, what is still being set up, and that they need do nothing.
import { PageTitle, ProblemNote, useChanges, useRead } from "steward-console";
import { ME } from "./documents.ts";
import { UserFacts } from "./user.tsx";

export function MyAccountPage() {
  const { data, error, isLoading, refresh } = useRead(ME, {});
  useChanges(refresh);
  const me = data?.currentUser;
  return (
    <>
      <PageTitle title="My account" />
      <ProblemNote error={error} />
      {isLoading && <p role="status">Loading…</p>}
      {data && !me && <p className="empty">You are signed in as an operator, who is no user of the application.</p>}
      {me && (
        <>
          <p>
            Hello {me.displayName ?? me.username}.{" "}
            {me.onboarding?.status === "succeeded"
              ? "Everything of yours is set up."
              : "Some things are still being set up. You need do nothing: it goes on by itself."}
          </p>
          <UserFacts user={me} />
        </>
      )}
    </>
  );
}
