// For a newcomer on a local start: give it work, break a provider's stand-in, look why things wait, repair it.
import { useEffect, useState } from "react";
import {
  Alerts,
  authorization,
  type CombinedError,
  Link,
  PageTitle,
  ProblemNote,
  useClient,
  useNavigate,
  useOverview,
} from "steward-console";
import { CREATE_PROJECT, CREATE_USER } from "./documents.ts";

const MEMBERS = 200;
const AT_ONCE = 10;

export function TryPage() {
  const overview = useOverview();
  return (
    <>
      <PageTitle title="Try it" />
      <p className="lead">
        This is a local start: the drive and the cloud are stand-ins, and what you do here harms nobody.
      </p>
      {overview && <Alerts overview={overview} />}
      <GiveWork />
      <StandIns />
    </>
  );
}

function GiveWork() {
  const client = useClient();
  const navigate = useNavigate();
  const [doing, setDoing] = useState<string>();
  const [error, setError] = useState<CombinedError>();

  const signUp = async () => {
    const username = `guest-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 6)}`;
    const answer = await client.mutation(CREATE_USER, { input: { username } });
    if (answer.error) setError(answer.error);
    return answer.data?.done?.user?.id;
  };
  const one = async () => {
    const id = await signUp();
    if (id !== undefined) navigate(`/users/${id}`);
  };
  const project = async () => {
    const ids: string[] = [];
    while (ids.length < MEMBERS) {
      const made = (await Promise.all(Array.from({ length: AT_ONCE }, signUp))).filter((id) => id !== undefined);
      if (made.length === 0) return;
      ids.push(...made);
      setDoing(`Signing up ${MEMBERS} users: ${ids.length}`);
    }
    const { data, error: refused } = await client.mutation(CREATE_PROJECT, {
      input: { name: `Project ${new Date().toLocaleTimeString("en-GB")}`, memberIds: ids },
    });
    if (refused) setError(refused);
    const id = data?.done?.project?.id;
    if (id !== undefined) navigate(`/projects/${id}`);
  };
  const start = (what: string, work: () => Promise<void>) => {
    setError(undefined);
    setDoing(what);
    void work().finally(() => setDoing(undefined));
  };
  return (
    <section>
      <h2>Give it work</h2>
      <p className="buttons">
        <button
          type="button"
          className="primary"
          disabled={doing !== undefined}
          onClick={() => start("Signing up…", one)}
        >
          Sign up a user
        </button>
        <button
          type="button"
          disabled={doing !== undefined}
          onClick={() => start(`Signing up ${MEMBERS} users`, project)}
        >
          A project with {MEMBERS} new users
        </button>
      </p>
      <p role="status">{doing}</p>
      <ProblemNote error={error} />
      <p>
        Or insert a row with any client of Postgres; the <Link href="/">overview</Link> and the{" "}
        <Link href="/runs?show=open">open runs</Link> show what follows.
      </p>
    </section>
  );
}

function StandIns() {
  const [broken, setBroken] = useState<Readonly<Record<string, boolean>>>();
  const call = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(path, {
      ...init,
      headers: { authorization: authorization(), "content-type": "application/json" },
    });
    if (answer.ok) setBroken((await answer.json()) as Record<string, boolean>);
  };
  useEffect(() => void call("/stand-ins"), []);
  return (
    <section>
      <h2>Break something</h2>
      <p>
        A stand-in that is down answers 503 to everything. Its lane stops by itself, what needs it waits without using
        up attempts, and goes on once it is repaired.
      </p>
      <ul className="mine">
        {Object.entries(broken ?? {}).map(([name, isBroken]) => (
          <li key={name} className="run-line">
            <strong>{name}</strong> <span role="status">{isBroken ? "is down" : "works"}</span>
            <button
              type="button"
              className={isBroken ? "primary" : "danger"}
              onClick={() =>
                void call(`/stand-ins/${name}`, { method: "PUT", body: JSON.stringify({ broken: !isBroken }) })
              }
            >
              {isBroken ? `Repair the ${name}` : `Break the ${name}`}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
