// When something was, and how long it took or has been going on.
import { ago, duration, moment } from "./format.ts";
import { useNow } from "./now.ts";

export function Ago({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={moment(at)}>
      {ago(now - Date.parse(at))}
    </time>
  );
}

/** Up to now where it has no end. */
export function Took({ from, to }: { readonly from: string; readonly to: string | null }) {
  const now = useNow();
  return <>{duration((to === null ? now : Date.parse(to)) - Date.parse(from))}</>;
}

/** When a run is likely done, as long as that lies ahead. */
export function Eta({ at }: { readonly at: string | null }) {
  const now = useNow();
  if (at === null) return null;
  return Date.parse(at) > now ? (
    <span>
      likely done <Until at={at} />
    </span>
  ) : (
    <span className="faint">takes longer than expected</span>
  );
}

/** "in 12 s", or "now" once that time has come. */
export function Until({ at }: { readonly at: string }) {
  const left = Date.parse(at) - useNow();
  return (
    <time dateTime={at} title={moment(at)}>
      {left > 1_000 ? `in ${duration(left).replace(/\.\d/, "")}` : "now"}
    </time>
  );
}
