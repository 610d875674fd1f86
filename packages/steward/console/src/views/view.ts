// A view that an application adds to the console.
import type { ComponentType } from "react";

export interface View {
  /** The first part of its address, without a slash. */
  readonly path: string;
  /** Its name in the navigation. */
  readonly title: string;
  /** For administrators alone, for everybody, or for those who are none. */
  readonly for: "operators" | "everybody";
  /** `id` is what follows in the address, if anything does. */
  readonly Page: ComponentType<{ readonly id: string | undefined }>;
}
