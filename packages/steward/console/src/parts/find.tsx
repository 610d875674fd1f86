// A field that narrows a list down, once Enter is pressed.
import { type FormEvent, useEffect, useState } from "react";

interface FindProps {
  readonly label: string;
  readonly placeholder: string;
  /** What the list is narrowed to now. */
  readonly value?: string | undefined;
  readonly onFind: (text: string) => void;
}

export function Find({ label, placeholder, value = "", onFind }: FindProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onFind(text.trim());
  };
  return (
    <form role="search" aria-label={label} onSubmit={submit}>
      <input
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit">Find</button>
    </form>
  );
}
