// A table that is wider than the page scrolls by itself, with the keyboard too.
import type { ReactNode } from "react";

export function Scrolls({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="scrolls" tabIndex={0} role="group" aria-label={name}>
      {children}
    </div>
  );
}
