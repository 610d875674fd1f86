// A view's heading: the tab's title too, and where the keyboard is after a change of view.
import { type ReactNode, useEffect, useRef } from "react";

export function PageTitle({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Steward`;
  }, [title]);
  useEffect(() => {
    // Not at the first view: the page begins at its beginning.
    if (document.activeElement !== document.body && document.activeElement?.closest("nav")) heading.current?.focus();
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children ?? title}
    </h1>
  );
}
