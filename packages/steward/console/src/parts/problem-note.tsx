// What went wrong, in the server's words.
import type { CombinedError } from "urql";
import { problemOf } from "../api/problem.ts";

export function ProblemNote({ error }: { readonly error: CombinedError | undefined }) {
  if (!error) return null;
  const { code, message, next, requestId } = problemOf(error);
  return (
    <div className="note note-bad" role="alert">
      <strong>{code}</strong> {message} {next}
      {requestId && <small> Request {requestId}</small>}
    </div>
  );
}
