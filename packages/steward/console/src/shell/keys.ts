// Keys: "/" searches, "g" and a letter go to a view. None while something is written, and none that acts.
import { useEffect } from "react";
import { useLocation } from "wouter";

const PLACES: Readonly<Record<string, string>> = {
  o: "/",
  r: "/runs",
  l: "/lanes",
  c: "/lifecycles",
  w: "/workers",
  a: "/audit",
  m: "/me",
};
const PATIENCE_MS = 1_500;

export function useKeys(): void {
  const [, navigate] = useLocation();
  useEffect(() => {
    let wentAt = 0;
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event;
      const isWriting = target instanceof HTMLElement && target.matches("input, textarea, select");
      if (isWriting || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
      if (key === "/") {
        event.preventDefault();
        document.querySelector<HTMLInputElement>("#find")?.focus();
      } else if (key === "g") wentAt = event.timeStamp;
      else if (event.timeStamp - wentAt < PATIENCE_MS && PLACES[key]) {
        wentAt = 0;
        navigate(PLACES[key]);
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [navigate]);
}
