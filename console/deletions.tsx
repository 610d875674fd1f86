// Deletions of users: what is removed where, how fast, and how long still.
import {
  Ago,
  about,
  Eta,
  Link,
  List,
  number,
  PageTitle,
  ProgressBar,
  rate,
  Status,
  spoken,
  Took,
  useChanges,
  usePlace,
  useRead,
} from "steward-console";
import { DELETIONS, type Deletion } from "./documents.ts";

export function DeletionsPage() {
  const place = usePlace();
  const read = useRead(DELETIONS, { after: place.after });
  useChanges(read.refresh);
  return (
    <>
      <PageTitle title="Deletions" />
      <p className="lead">
        A deleted user is gone at once. What they owned is removed in the background, table by table and at the
        providers.
      </p>
      <List read={read} page={read.data?.runs} place={place} empty="Nobody was deleted yet.">
        {(runs) => (
          <ul className="steps">
            {runs.map((run) => (
              <Item key={run.id} run={run} />
            ))}
          </ul>
        )}
      </List>
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
