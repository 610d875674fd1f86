// When a view cannot be drawn the rest of the page stays, and says so. React asks for a class here.
import { Component, type ReactNode } from "react";

interface Props {
  readonly children: ReactNode;
}

export class Boundary extends Component<Props, { readonly error: unknown }> {
  override state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <div className="note note-bad" role="alert">
        <p>This view cannot be shown{error instanceof Error && `: ${error.message}`}.</p>
        <a href={location.href}>Load it again</a>
      </div>
    );
  }
}
