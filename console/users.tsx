// Users, the newest first, with how far their onboarding is.
import { type FormEvent, useState } from "react";
import {
  Ago,
  type Column,
  Dialog,
  Find,
  Link,
  List,
  PageTitle,
  ProblemNote,
  Status,
  Table,
  useChanges,
  useDraft,
  useMutation,
  useNavigate,
  usePlace,
  useRead,
} from "steward-console";
import { CREATE_USER, type Onboarding, USERS, type UserRow } from "./documents.ts";

export function UsersPage() {
  const place = usePlace();
  const [name, setName] = useState("");
  const condition = name === "" ? {} : { username: name };
  const read = useRead(USERS, { after: place.after, condition });
  useChanges(read.refresh);
  return (
    <>
      <PageTitle title="Users" />
      <div className="filters">
        <Find
          label="Username"
          placeholder="Username"
          value={name}
          onFind={(text) => {
            setName(text);
            place.turn([]);
          }}
        />
        <NewUser />
      </div>
      <List
        read={read}
        page={read.data?.users}
        place={place}
        empty={name === "" ? "No user yet." : `Nobody is called ${name}.`}
      >
        {(rows) => <Table name="Users" columns={COLUMNS} rows={rows} keyOf={({ id }) => id} />}
      </List>
    </>
  );
}

const COLUMNS: readonly Column<UserRow>[] = [
  { title: "User", as: "head", of: ({ id, username }) => <Link href={`/users/${id}`}>{username}</Link> },
  { title: "Onboarding", of: ({ onboarding }) => <OnboardingState of={onboarding} /> },
  { title: "Missing", as: "words", of: ({ onboarding }) => onboarding?.missing?.join(", ") },
  { title: "Came", of: ({ createdAt }) => <Ago at={createdAt} /> },
];

export function OnboardingState({ of }: { readonly of: Onboarding | null }) {
  if (!of?.status) return <span className="faint">none</span>;
  return (
    <>
      <Status value={of.status} /> {of.stepsDone ?? 0}/{of.stepsTotal ?? 0}
    </>
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
  const [username, setUsername] = useDraft("username");
  const [email, setEmail] = useDraft("email");
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
