// Deletions of users: what is removed where, how fast, and how long still.
import { useState } from "react";
import {
  Ago,
  about,
  Eta,
  Link,
  number,
  Pages,
  PageTitle,
  ProblemNote,
  ProgressBar,
  rate,
  Status,
  spoken,
  Took,
  useChanges,
  useRead,
} from "steward-console";
import { DELETIONS, type Deletion } from "./documents.ts";

export function DeletionsPage() {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const { data, error, isLoading, refresh } = useRead(DELETIONS, { after: cursors.at(-1) ?? null });
  useChanges(refresh);
  const runs = data?.runs.nodes ?? [];
  return (
    <>
      <PageTitle title="Deletions" />
      <p className="lead">
        A deleted user is gone at once. What they owned is removed in the background, table by table and at the
        providers.
      </p>
      <ProblemNote error={error} />
      {isLoading && <p role="status">Loading…</p>}
      {data && runs.length === 0 && <p className="empty">Nobody was deleted yet.</p>}
      <ul className="steps">
        {runs.map((run) => (
          <Item key={run.id} run={run} />
        ))}
      </ul>
      <Pages cursors={cursors} page={data?.runs.pageInfo} onTurn={setCursors} />
    </>
  );
}

function Item({
  run: { id, status, subjectId, createdAt, finishedAt, progress, estimatedCompletion, steps },
}: {
  readonly run: Deletion;
}) {
  return (
    <li>
      <p className="run-line">
        <Status value={status} />
        <Link href={`/runs/${id}`}>user {subjectId}</Link>
        <ProgressBar of={progress} name={`the deletion of ${subjectId}`} />
        <span className="faint">
          <Ago at={createdAt} />, <Took from={createdAt} to={finishedAt} />
        </span>
        {!finishedAt && <Eta at={estimatedCompletion} />}
      </p>
      <ul className="mine">
        {steps.nodes
          .filter(({ total }) => total !== null && Number(total) > 0)
          .map(({ id: step, name, item, done, total, rate: perSecond, status: state }) => (
            <li key={step}>
              {spoken(name)} {item}: {number(Number(done))} of about {number(Number(total))} rows
              {state === "running" && perSecond !== null && perSecond > 0 && (
                <span className="faint">
                  , {rate(perSecond)}/s, {about((Number(total) - Number(done)) / perSecond)} left
                </span>
              )}
            </li>
          ))}
      </ul>
    </li>
  );
}
