// One run: how far it is, why it is not further, its steps and every attempt at them, and what can be done.
import { useState } from "react";
import { views } from "steward-console/views";
import { Link, useLocation, useSearch } from "wouter";
import { RUN, RUN_CHANGED, type RunDetail } from "../api/documents.ts";
import { useIsOperator } from "../api/overview.ts";
import { useFollow, useRead, useThrottled } from "../api/use-live.ts";
import { spoken } from "../parts/format.ts";
import { Id } from "../parts/id.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";
import { ProgressBar } from "../parts/progress.tsx";
import { Status } from "../parts/status.tsx";
import { Ago, Eta, Took } from "../parts/time.tsx";
import { RunActs } from "./run-acts.tsx";
import { StageGraph } from "./stage-graph.tsx";
import { Steps } from "./steps.tsx";

const SHORTEST_PAUSE_MS = 1_000;
const ENDED = ["succeeded", "failed", "cancelled"];

export function RunPage({ id }: { readonly id: string }) {
  const { data, error, isLoading, refresh } = useRead(RUN, { id });
  const [changes, setChanges] = useState(0);
  const again = useThrottled(() => {
    refresh();
    setChanges((count) => count + 1);
  }, SHORTEST_PAUSE_MS);
  useFollow(RUN_CHANGED, { id }, { onData: again });
  const run = data?.run;
  if (run) return <Whole run={run} changes={changes} onActed={again} />;
  return (
    <>
      <PageTitle title="Run" />
      <ProblemNote error={error} />
      {isLoading && <p role="status">Loading…</p>}
      {data && (
        <p className="empty">
          There is no such run, or you may not see it. <Link href="/runs">All runs</Link>
        </p>
      )}
    </>
  );
}

function Whole({
  run,
  changes,
  onActed,
}: {
  readonly run: RunDetail;
  readonly changes: number;
  readonly onActed: () => void;
}) {
  const { id, kind, status, subjectId, progress, stages } = run;
  const search = new URLSearchParams(useSearch());
  const isOperator = useIsOperator() ?? false;
  const [, navigate] = useLocation();
  const stage = search.get("step") ?? undefined;
  const choose = (name: string | undefined) =>
    navigate(name === undefined ? `/runs/${id}` : `/runs/${id}?step=${encodeURIComponent(name)}`, { replace: true });
  const percent = ENDED.includes(status) ? status : `${Math.floor(progress?.percent ?? 0)} %`;
  return (
    <article className="run">
      <nav aria-label="Where you are" className="crumbs">
        <Link href="/runs">Runs</Link> / <Link href={`/runs?kind=${encodeURIComponent(kind)}`}>{kind}</Link>
      </nav>
      <header>
        <PageTitle title={`${percent} · ${spoken(kind)}`}>
          {spoken(kind)} <span className="faint">of</span> {subjectId}
        </PageTitle>
        <RunActs run={run} isOperator={isOperator} onActed={onActed} />
      </header>
      <Facts run={run} isOperator={isOperator} />
      <Why run={run} />
      {stages.length > 0 && (
        <section>
          <h2>Steps</h2>
          <StageGraph stages={stages} chosen={stage} onChoose={choose} />
        </section>
      )}
      <Steps key={stage} run={run} stage={stage} changes={changes} />
    </article>
  );
}

function Facts({
  run: {
    id,
    status,
    subjectTable,
    subjectId,
    ownerId,
    scopeId,
    createdAt,
    finishedAt,
    progress,
    estimatedCompletion,
    explanation,
    kind,
  },
  isOperator,
}: {
  readonly run: RunDetail;
  readonly isOperator: boolean;
}) {
  const subject = views.find(({ table, One }) => table === subjectTable && One);
  return (
    <>
      <p className="run-line">
        <span role="status">
          <Status value={status} />
        </span>
        <ProgressBar of={progress} name={spoken(kind)} />
        {!ENDED.includes(status) && (explanation?.who ?? "nobody") === "nobody" && <Eta at={estimatedCompletion} />}
      </p>
      <dl className="facts">
        <div>
          <dt>began</dt>
          <dd>
            <Ago at={createdAt} />
          </dd>
        </div>
        <div>
          <dt>{finishedAt ? "took" : "open for"}</dt>
          <dd>
            <Took from={createdAt} to={finishedAt} />
          </dd>
        </div>
        <div>
          <dt>run</dt>
          <dd>
            <Id value={id} />
          </dd>
        </div>
        <div>
          <dt>table</dt>
          <dd>
            {subjectTable} {subject && <Link href={`/${subject.path}/${encodeURIComponent(subjectId)}`}>show it</Link>}
          </dd>
        </div>
        {ownerId && (
          <div>
            <dt>owner</dt>
            <dd>
              <Id value={ownerId} />
            </dd>
          </div>
        )}
        {scopeId && (
          <div>
            <dt>scope</dt>
            <dd>
              <Id value={scopeId} />
            </dd>
          </div>
        )}
        {isOperator && (
          <div>
            <dt>steered</dt>
            <dd>
              <Link href={`/audit?run=${id}`}>its audit</Link>
            </dd>
          </div>
        )}
      </dl>
    </>
  );
}

const WHO: Readonly<Record<string, string>> = {
  nobody: "Nobody need act: it goes on by itself.",
  operator: "An operator can act.",
  developer: "A developer must look at it.",
  provider: "The service must be repaired by those who run it.",
};

function Why({ run: { status, explanation, errorCode, errorMessage } }: { readonly run: RunDetail }) {
  const isBad = status === "failed";
  if (!explanation && !errorCode) return null;
  return (
    <section className={isBad ? "note note-bad why" : "note note-info why"} aria-label="Why">
      <h2>{isBad ? "Why it failed" : ENDED.includes(status) ? "How it ended" : "Why it is not further"}</h2>
      {errorCode && (
        <p>
          <strong>{errorCode}</strong> {errorMessage}
        </p>
      )}
      {explanation && (
        <p>
          {explanation.text} {!ENDED.includes(status) && WHO[explanation.who]}
        </p>
      )}
    </section>
  );
}
