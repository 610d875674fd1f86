// An id, shortened, with a button that copies all of it.
import { useState } from "react";

export function Id({ value }: { readonly value: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    copyText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <span className="id">
      <code title={value} data-whole={value}>
        {value.length > 13 ? `${value.slice(0, 8)}…${value.slice(-4)}` : value}
      </code>
      <button type="button" className="quiet" onClick={copy} aria-label={`Copy ${value}`}>
        {isCopied ? "copied" : "copy"}
      </button>
    </span>
  );
}

/** Browsers have a clipboard for pages of https and of this machine only. */
function copyText(text: string): void {
  if (window.isSecureContext) {
    void navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
