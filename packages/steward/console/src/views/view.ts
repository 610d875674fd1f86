// A view of the console; an application adds its own.
import type { ComponentType } from "react";
import type { Settings } from "../api/session.ts";

export interface View {
  /** The first part of its address, without a slash. */
  readonly path: string;
  /** Its name in the navigation. */
  readonly title: string;
  /** For administrators alone, or for everybody. */
  readonly for: "operators" | "everybody";
  readonly List: ComponentType;
  /** What stands at an address with an id. */
  readonly One?: ComponentType<{ readonly id: string }>;
  /** The table whose rows `One` shows, by their ids: runs lead there. */
  readonly table?: string;
  /** Whether it is there at all, by what the server says of itself. */
  readonly isShown?: (application: Settings["application"]) => boolean;
}
