// The header: search, how data comes, the theme, who is signed in.
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { answered, type Feed, POLL_MS, paused, useFeed } from "../api/connection.ts";
import { settings, signOut } from "../api/session.ts";
import { clock } from "../parts/format.ts";
import { ThemeButton } from "./theme.tsx";

export function Header({ isOperator }: { readonly isOperator: boolean }) {
  const { graphiql, signsIn } = settings.use();
  return (
    <header className="top">
      <a className="skip" href="#main">
        To the content
      </a>
      <strong className="brand">Steward</strong>
      {isOperator && <Find />}
      <FeedState />
      <ThemeButton />
      {graphiql && <a href="/graphiql">GraphiQL</a>}
      {!signsIn && (
        <button type="button" className="quiet" onClick={() => signOut()}>
          Sign out
        </button>
      )}
    </header>
  );
}

function Find() {
  const [text, setText] = useState("");
  const [, navigate] = useLocation();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === "") return;
    navigate(`/runs?q=${encodeURIComponent(text.trim())}`);
    setText("");
  };
  return (
    <form role="search" aria-label="Everywhere" onSubmit={submit}>
      <input
        type="search"
        id="find"
        aria-label="Find runs by an id"
        aria-keyshortcuts="/"
        placeholder="Find by id  /"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </form>
  );
}

const WORDS: Readonly<Record<Feed, string>> = {
  live: "Live",
  polling: `Every ${POLL_MS / 1_000} s`,
  paused: "Paused",
  lost: "No connection",
  ended: "Signed out",
};
const TITLES: Readonly<Record<Feed, string>> = {
  live: "Changes come as they happen.",
  polling: "There is no live connection at the moment: the page asks every few seconds.",
  paused: "Nothing changes until you go on.",
  lost: "The server does not answer. What you see is as it was; the page tries again by itself.",
  ended: "What you see is as it was. Sign in again, and it goes on.",
};

function FeedState() {
  const feed = useFeed();
  const last = answered.use();
  return (
    <span className="feed">
      <span role="status" className={`feed-${feed}`} title={TITLES[feed]}>
        <span aria-hidden="true" className="dot" />
        {WORDS[feed]}
        {feed === "lost" && last && `, as of ${clock(last.at)}`}
      </span>
      <button
        type="button"
        className="quiet"
        aria-pressed={feed === "paused"}
        onClick={() => paused.set(!paused.get())}
      >
        {feed === "paused" ? "Go on" : "Pause"}
        <span className="unseen"> updates</span>
      </button>
    </span>
  );
}
