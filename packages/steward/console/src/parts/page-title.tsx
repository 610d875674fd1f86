// A view's heading: the tab's title too, and where the keyboard and a screen reader are after a change of view.
import { type ReactNode, useEffect, useRef } from "react";

const begun = location.pathname;
let hasMoved = false;

export function PageTitle({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Steward`;
  }, [title]);
  useEffect(() => {
    // Not at the first view: the page begins at its beginning. Nor where somebody has gone on already.
    hasMoved ||= location.pathname !== begun;
    const at = document.activeElement;
    if (hasMoved && (at === null || at === document.body || at.closest("nav, header"))) heading.current?.focus();
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children ?? title}
    </h1>
  );
}
