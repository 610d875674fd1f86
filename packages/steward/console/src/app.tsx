// The page: header, navigation, and the view that the address names.
import { useEffect, useMemo } from "react";
import { views } from "steward-console/views";
import { Provider } from "urql";
import { Link, Redirect, Route, Switch, useLocation } from "wouter";
import { connect } from "./api/client.ts";
import { OverviewContext, useOverviewRead } from "./api/overview.ts";
import { session, settings } from "./api/session.ts";
import { PageTitle } from "./parts/page-title.tsx";
import { ProblemNote } from "./parts/problem-note.tsx";
import { Boundary } from "./shell/boundary.tsx";
import { Header } from "./shell/header.tsx";
import { useKeys } from "./shell/keys.ts";
import { SignIn } from "./shell/sign-in.tsx";
import { SignInEnds } from "./shell/sign-in-ends.tsx";
import { AuditPage } from "./views/audit.tsx";
import { LanesPage } from "./views/lanes.tsx";
import { LifecyclesPage } from "./views/lifecycles.tsx";
import { MyPage } from "./views/me.tsx";
import { OverviewPage } from "./views/overview.tsx";
import { RunPage } from "./views/run.tsx";
import { RunsPage } from "./views/runs.tsx";
import type { View } from "./views/view.ts";
import { WorkersPage } from "./views/workers.tsx";

export function App() {
  const { state, reason, number } = session.use();
  if (state === "starting") return <main className="sign-in">Connecting to the server…</main>;
  if (state === "out") return <SignIn reason={reason} />;
  return (
    <>
      <SignedIn key={number} />
      <SignInEnds />
    </>
  );
}

/** Anew after each sign-in. */
function SignedIn() {
  const connection = useMemo(connect, []);
  useEffect(() => connection.close, [connection]);
  return (
    <Provider value={connection.client}>
      <Shell />
    </Provider>
  );
}

const OWN: readonly View[] = [
  { path: "", title: "Overview", for: "operators", List: OverviewPage },
  { path: "runs", title: "Runs", for: "operators", List: RunsPage, One: RunPage },
  { path: "lanes", title: "Lanes", for: "operators", List: LanesPage },
  { path: "lifecycles", title: "Lifecycles", for: "operators", List: LifecyclesPage },
  { path: "workers", title: "Workers", for: "operators", List: WorkersPage },
  { path: "audit", title: "Audit", for: "operators", List: AuditPage },
  { path: "me", title: "My runs", for: "everybody", List: MyPage },
];

function Shell() {
  const overview = useOverviewRead();
  const [address] = useLocation();
  const whole = overview.data?.overview;
  const { application } = settings.use();
  useKeys();
  if (!whole) {
    return (
      <main className="sign-in">
        {overview.error ? <ProblemNote error={overview.error} /> : <p role="status">Loading…</p>}
      </main>
    );
  }
  const isOperator = whole.lanes !== null;
  const shown = [...OWN, ...views].filter(
    (view) => (isOperator || view.for === "everybody") && (view.isShown?.(application) ?? true),
  );
  return (
    <OverviewContext.Provider value={overview}>
      <Header isOperator={isOperator} />
      <Navigation views={shown} />
      <main id="main">
        <ProblemNote error={overview.error} />
        <Boundary key={address}>
          <Switch>
            {!isOperator && (
              <Route path="/">
                <Redirect to="/me" replace />
              </Route>
            )}
            {/* Whoever may see a run may look at it. */}
            {!isOperator && <Route path="/runs/:id">{({ id }) => <RunPage key={id} id={id} />}</Route>}
            {shown.map(({ path, List }) => (
              <Route key={path} path={`/${path}`} component={List} />
            ))}
            {shown.map(
              ({ path, One }) =>
                One && (
                  <Route key={path} path={`/${path}/:id`}>
                    {({ id }) => <One key={id} id={id} />}
                  </Route>
                ),
            )}
            <Route>
              <PageTitle title="Nothing here" />
              <p className="empty">
                There is no such view, or it is not for you. <Link href="/">Back to the beginning</Link>
              </p>
            </Route>
          </Switch>
        </Boundary>
      </main>
    </OverviewContext.Provider>
  );
}

function Navigation({ views: shown }: { readonly views: readonly View[] }) {
  const [location] = useLocation();
  const [, first = ""] = location.split("/");
  return (
    <nav className="views" aria-label="Views">
      <ul>
        {shown.map(({ path, title }) => (
          <li key={path}>
            <Link href={`/${path}`} aria-current={first === path ? "page" : undefined}>
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
