// Who steered what, when and why: by actor, act and run, the last act first.
import { Link, useLocation, useSearch } from "wouter";
import { useChanges } from "../api/overview.ts";
import { AUDIT, type AuditRow } from "../api/records.ts";
import { useRead } from "../api/use-live.ts";
import { Choice } from "../parts/choice.tsx";
import { Find } from "../parts/find.tsx";
import { number, spoken } from "../parts/format.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { List, usePlace } from "../parts/pages.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Ago } from "../parts/time.tsx";

const ACTS = ["retry", "cancel", "suspend", "resume", "reprioritise", "pause", "unpause", "release_worker"];

export function AuditPage() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const given = new URLSearchParams(search);
  const valueOf = (name: string) => given.get(name) ?? undefined;
  const set = (name: string, value: string | undefined) => {
    const next = new URLSearchParams(search);
    if (value) next.set(name, value);
    else next.delete(name);
    navigate(`/audit?${next}`.replace(/\?$/, ""));
  };
  const run = valueOf("run");
  return (
    <>
      <PageTitle title="Audit" />
      <p className="lead">
        Every act that changed something: who did it, when, to what, and why. No row is ever changed.
      </p>
      <div className="filters">
        <Find label="Actor" placeholder="Actor" value={valueOf("actor")} onFind={(text) => set("actor", text)} />
        <Choice
          name="Act"
          any="any act"
          value={valueOf("act")}
          choices={ACTS}
          textOf={spoken}
          onChoose={(act) => set("act", act)}
        />
        {run && (
          <button
            type="button"
            className="chip"
            onClick={() => set("run", undefined)}
            aria-label="Any run, not only this"
          >
            run {run.slice(0, 8)} ✕
          </button>
        )}
      </div>
      <Acts key={search} actor={valueOf("actor")} act={valueOf("act")} run={run} />
    </>
  );
}

interface ActsProps {
  readonly actor: string | undefined;
  readonly act: string | undefined;
  readonly run: string | undefined;
}

function Acts({ actor, act, run }: ActsProps) {
  const place = usePlace();
  const condition = { ...(actor && { actor }), ...(act && { action: act }), ...(run && { run }) };
  const read = useRead(AUDIT, { after: place.after, condition });
  useChanges(read.refresh, place.after === null);
  const isNarrowed = Object.keys(condition).length > 0;
  return (
    <List
      read={read}
      page={read.data?.audit}
      place={place}
      empty={isNarrowed ? "No act fits these filters." : "Nobody has steered anything yet."}
    >
      {(rows) => <Table name="Audit" columns={COLUMNS} rows={rows} keyOf={({ id }) => id} />}
    </List>
  );
}

const COLUMNS: readonly Column<AuditRow>[] = [
  { title: "When", as: "head", of: ({ at }) => <Ago at={at} /> },
  { title: "Who", of: ({ actor }) => <Link href={`/audit?actor=${encodeURIComponent(actor)}`}>{actor}</Link> },
  { title: "Act", of: ({ action }) => spoken(action) },
  { title: "On", as: "words", of: ({ target }) => <Target of={target} /> },
  { title: "Runs", as: "figure", of: ({ runs }) => number(runs) },
  { title: "Why", as: "words", of: ({ reason }) => reason },
];

/** As it was called for: "lifecycle signup, status failed". How many at most says nothing of what was meant. */
function Target({ of }: { readonly of: AuditRow["target"] }) {
  const run = of["run"];
  if (typeof run === "string") return <Link href={`/runs/${run}`}>run {run.slice(0, 8)}</Link>;
  return Object.entries(of)
    .filter(([name]) => name !== "most")
    .map(([name, value]) => `${spoken(name)} ${String(value)}`)
    .join(", ");
}
