// Numbers and times in words.
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });
/** Nothing is counted beyond. */
const MOST = 10_000;

export function number(value: number): string {
  return WHOLE.format(value);
}

export function capped(value: number): string {
  return value >= MOST ? `${WHOLE.format(MOST)}+` : WHOLE.format(value);
}

export function rate(perSecond: number): string {
  if (perSecond === 0) return "0";
  return perSecond < 10 ? SHORT.format(perSecond) : WHOLE.format(perSecond);
}

/** A length of time in at most two units: "850 ms", "4 min 10 s", "3 d 2 h". */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const units = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  const first = units.findIndex(([count]) => count > 0);
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** Coarser, for what is only estimated: "4 min". */
export function about(seconds: number): string {
  const text = duration(Math.max(1, Math.round(seconds)) * 1_000).replace(".0 s", " s");
  return `about ${text.split(" ").slice(0, 2).join(" ")}`;
}

export function ago(ms: number): string {
  if (ms < 5_000) return "just now";
  const [value = "", unit = ""] = duration(Math.round(ms / 1_000) * 1_000).split(" ");
  return `${Number.parseInt(value)} ${unit} ago`;
}

export function clock(at: string | number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** In full, with the zone of the browser, and in UTC. */
export function moment(at: string): string {
  const date = new Date(at);
  return `${date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" })} (${date.toISOString()})`;
}

/** "1 run", "2 runs". */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${capped(value)} ${value === 1 ? one : many}`;
}

/** "sync_member" as people say it. */
export function spoken(name: string): string {
  return name.replaceAll("_", " ");
}
