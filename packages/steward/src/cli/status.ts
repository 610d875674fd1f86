// How the whole stands, for the commands status and watch.
import type pg from "pg";
import { wrap } from "../text.ts";
import type { Look } from "./follow.ts";
import { cards } from "./output.ts";

interface Status {
  readonly workers: readonly {
    readonly id: number;
    readonly host: string;
    readonly pid: number;
    readonly steps: number;
  }[];
  readonly runs: readonly { readonly kind: string; readonly status: string; readonly runs: number }[];
  readonly lanes: readonly {
    readonly lane: string;
    readonly remark: string | null;
    readonly steps: number;
    readonly trouble: string | null;
  }[];
  readonly pauses: readonly {
    readonly what: string;
    readonly name: string;
    readonly by: string;
    readonly why: string | null;
  }[];
  readonly failures: readonly {
    readonly code: string | null;
    readonly message: string | null;
    readonly runs: number;
  }[];
}

const STATUS = `
select json_build_object(
  'workers', coalesce((select json_agg(json_build_object('id', w.id, 'host', w.host, 'pid', w.pid, 'steps', w.steps) order by w.id) from steward.workers w), '[]'),
  'runs', coalesce((
    select json_agg(json_build_object('kind', c.kind, 'status', c.status, 'runs', c.runs) order by c.kind, c.status) from (
      select r.kind, r.status, count(*) as runs from (
        select o.kind, o.status from steward.runs o where o.status in ('pending', 'running', 'suspended') limit 10000
      ) r group by r.kind, r.status
    ) c
  ), '[]'),
  'lanes', coalesce((
    select json_agg(json_build_object('lane', b.lane, 'remark', b.remark, 'steps', b.steps, 'trouble', b.trouble) order by b.lane) from (
      select l.name as lane, l.remark, (
        select count(*) from (select from steward.steps s where s.is_backlog and s.lane = l.name limit 10000) s
      ) as steps, case when l.down_since is not null then l.error_message end as trouble
      from steward.lanes l
    ) b where b.steps > 0 or b.trouble is not null or b.remark is not null
  ), '[]'),
  'pauses', coalesce((
    select json_agg(json_build_object('what', p.what, 'name', p.name, 'by', p.paused_by, 'why', p.reason) order by p.paused_at) from steward.pauses p
  ), '[]'),
  'failures', coalesce((
    select json_agg(json_build_object('code', f.error_code, 'message', f.message, 'runs', f.runs) order by f.runs desc) from (
      select r.error_code, min(r.error_message) as message, count(*) as runs from (
        select e.error_code, e.error_message from steward.runs e
        where e.status = 'failed' and e.finished_at > now() - interval '1 hour' limit 10000
      ) r group by r.error_code
    ) f
  ), '[]')
) as status`;

/** Looks at the whole. */
export async function lookAtAll(client: pg.Client): Promise<Look> {
  const { rows } = await client.query<{ status: Status }>(STATUS);
  const [row] = rows;
  if (row === undefined) throw new Error("a select without from has one row");
  return { text: textOf(row.status), data: row.status };
}

function textOf({ workers, runs, lanes, pauses, failures }: Status): string {
  return [
    section(
      "Workers",
      "None: nothing is worked on. Start one: npx steward worker",
      workers.map(({ id, host, pid, steps }) => [String(id), `${host} (process ${pid})`, `${steps} steps`]),
    ),
    section(
      "Open runs",
      "None.",
      runs.map(({ kind, status, runs: count }) => [String(count), status, kind]),
    ),
    section(
      "Backlog",
      "None.",
      lanes.map(({ lane, remark, steps, trouble }) => [
        String(steps),
        remark === null ? lane : `${lane}, ${remark}`,
        trouble ?? "",
      ]),
    ),
    section(
      "Paused",
      "Nothing.",
      pauses.map(({ what, name, by, why }) => [what, name, `by ${by}`, why ?? ""]),
    ),
    section(
      "Failed within the last hour",
      "Nothing.",
      failures.map(({ code, message, runs: count }) => [String(count), code ?? "", message ?? ""]),
    ),
  ].join("\n\n");
}

function section(title: string, none: string, items: readonly (readonly string[])[]): string {
  const body = items.length === 0 ? wrap(none) : cards(items.map((head) => ({ head, lines: [] })));
  return `${title}\n${body}`;
}
