// Users, the newest first, with how far their onboarding is.
import { type FormEvent, useState } from "react";
import {
  Ago,
  Dialog,
  Link,
  Pages,
  PageTitle,
  ProblemNote,
  Scrolls,
  Status,
  useChanges,
  useMutation,
  useNavigate,
  useRead,
} from "steward-console";
import { CREATE_USER, type Onboarding, USERS } from "./documents.ts";

export function UsersPage() {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const [name, setName] = useState("");
  const condition = name === "" ? {} : { username: name };
  const { data, error, isLoading, refresh } = useRead(USERS, { after: cursors.at(-1) ?? null, condition });
  useChanges(refresh);
  const users = data?.users.nodes ?? [];
  return (
    <>
      <PageTitle title="Users" />
      <div className="filters">
        <Find
          onFind={(text) => {
            setName(text);
            setCursors([]);
          }}
        />
        <NewUser />
      </div>
      <ProblemNote error={error} />
      {isLoading && <p role="status">Loading…</p>}
      {data && users.length === 0 && (
        <p className="empty">{name === "" ? "No user yet." : `Nobody is called ${name}.`}</p>
      )}
      {users.length > 0 && (
        <Scrolls name="Users">
          <table>
            <thead>
              <tr>
                <th scope="col">User</th>
                <th scope="col">Onboarding</th>
                <th scope="col">Missing</th>
                <th scope="col">Came</th>
              </tr>
            </thead>
            <tbody>
              {users.map(({ id, username, createdAt, onboarding }) => (
                <tr key={id}>
                  <th scope="row">
                    <Link href={`/users/${id}`}>{username}</Link>
                  </th>
                  <td>
                    <OnboardingState of={onboarding} />
                  </td>
                  <td className="words">{onboarding?.missing?.join(", ")}</td>
                  <td>
                    <Ago at={createdAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
      <Pages cursors={cursors} page={data?.users.pageInfo} onTurn={setCursors} />
    </>
  );
}

export function OnboardingState({ of }: { readonly of: Onboarding | null }) {
  if (!of?.status) return <span className="faint">none</span>;
  return (
    <>
      <Status value={of.status} /> {of.stepsDone ?? 0}/{of.stepsTotal ?? 0}
    </>
  );
}

function Find({ onFind }: { readonly onFind: (name: string) => void }) {
  const [text, setText] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onFind(text.trim());
  };
  return (
    <form role="search" onSubmit={submit}>
      <input
        type="search"
        aria-label="Username"
        placeholder="Username"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit">Find</button>
    </form>
  );
}

function NewUser() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="primary" onClick={() => setOpen(true)}>
        New user…
      </button>
      {isOpen && <NewUserDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function NewUserDialog({ onClose }: { readonly onClose: () => void }) {
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  const [{ error, fetching }, create] = useMutation(CREATE_USER);
  const navigate = useNavigate();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const { data } = await create({
      input: { username: username.trim(), ...(email.trim() && { email: email.trim() }) },
    });
    if (data?.done?.user) navigate(`/users/${data.done.user.id}`);
  };
  return (
    <Dialog title="New user" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <p>
          Their credits are there at once. The space, the notebook, the agent and the drive account follow by a run that
          you can watch.
        </p>
        <label>
          Username
          <input required value={username} onChange={(event) => setUsername(event.target.value)} />
        </label>
        <label>
          E-mail address (may be empty)
          <input type="email" value={email} onChange={(event) => setEmail(event.target.value)} />
        </label>
        <ProblemNote error={error} />
        <p className="buttons">
          <button type="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" className="primary" disabled={fetching}>
            Create
          </button>
        </p>
      </form>
    </Dialog>
  );
}
