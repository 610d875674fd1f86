// How fast it goes: the last hour minute by minute, or the last day in parts of twenty minutes.
import { useLocation, useSearch } from "wouter";
import { DAY, type Part } from "../api/documents.ts";
import { useChanges } from "../api/overview.ts";
import { useRead, useThrottled } from "../api/use-live.ts";
import { Bars } from "../parts/bars.tsx";
import { ProblemNote } from "../parts/problem-note.tsx";

/** The server keeps its answer as long. */
const LOOK_MS = 30_000;

export function Pace({ hour }: { readonly hour: readonly Part[] }) {
  const [, navigate] = useLocation();
  const isDay = new URLSearchParams(useSearch()).get("pace") === "24h";
  const choices = [
    { text: "1 h", address: "/", isChosen: !isDay },
    { text: "24 h", address: "/?pace=24h", isChosen: isDay },
  ];
  return (
    <section>
      <div className="headed">
        <h2>{isDay ? "Last day" : "Last hour"}</h2>
        <span className="chips" role="group" aria-label="Span of time">
          {choices.map(({ text, address, isChosen }) => (
            <button
              key={text}
              type="button"
              aria-pressed={isChosen}
              onClick={() => navigate(address, { replace: true })}
            >
              {text}
            </button>
          ))}
        </span>
      </div>
      {isDay ? <Day /> : <Bars name="Last hour" parts={hour} each="a minute" />}
    </section>
  );
}

function Day() {
  const { data, error, isLoading, refresh } = useRead(DAY, {});
  useChanges(useThrottled(refresh, LOOK_MS));
  const day = data?.overview.day;
  return (
    <>
      <ProblemNote error={error} />
      {isLoading && <p role="status">Loading…</p>}
      {day && <Bars name="Last day" parts={day} each="in twenty minutes" />}
    </>
  );
}
