// Asks for a token where the server gives none by itself.
import { type FormEvent, useState } from "react";
import { leaveToSignIn } from "../api/open-id.ts";
import { session, settings, signIn } from "../api/session.ts";

export function SignIn({ reason }: { readonly reason: string | undefined }) {
  return (
    <main className="sign-in">
      <h1>Steward</h1>
      {reason && (
        <p className="note note-warn" role="alert">
          {reason}
        </p>
      )}
      <SignInForm />
    </main>
  );
}

/** At the identity provider where there is one, or with a token. */
export function SignInForm() {
  const [token, setToken] = useState("");
  const { openId } = settings.use();
  const person = session.use().token?.person;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim() !== "") signIn(token);
  };
  return (
    <>
      {openId && (
        <p>
          <button type="button" className="primary" onClick={() => void leaveToSignIn(openId, person)}>
            Sign in at {new URL(openId.issuer).host}
          </button>
        </p>
      )}
      <form onSubmit={submit}>
        <label htmlFor="token">A token of yours</label>
        <textarea
          id="token"
          rows={5}
          required
          autoComplete="off"
          spellCheck={false}
          value={token}
          onChange={(event) => setToken(event.target.value)}
          aria-describedby="token-help"
        />
        <p id="token-help" className="faint">
          A JWT, as the API takes it. It stays in this tab of the browser and is forgotten with it. Where tokens are
          signed with JWT_SECRET, <code>npx steward token --role admin</code> (in the repository{" "}
          <code>npm run token -- --role admin</code>) prints one.
        </p>
        <button type="submit" className={openId ? "" : "primary"}>
          Sign in with this token
        </button>
      </form>
    </>
  );
}
