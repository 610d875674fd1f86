// What was steered and what was amiss: for administrators.
import { gql, type TypedDocumentNode } from "urql";
import type { Page } from "./documents.ts";

export interface AuditRow {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly target: Readonly<Record<string, unknown>>;
  readonly reason: string | null;
  readonly runs: number;
}

export interface AuditCondition {
  actor?: string;
  action?: string;
  run?: string;
}

export const AUDIT: TypedDocumentNode<{ audit: Page<AuditRow> }, { after: string | null; condition: AuditCondition }> =
  gql`
  query ConsoleAudit($after: Cursor, $condition: AuditCondition) {
    audit(first: 50, after: $after, condition: $condition, orderBy: [ID_DESC]) {
      nodes { id at actor action target reason runs }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

export interface Alert {
  readonly id: string;
  readonly monitor: string;
  readonly target: string;
  readonly message: string;
  readonly raisedAt: string;
  readonly endedAt: string | null;
}

interface AlertsNow {
  readonly raised: { readonly nodes: readonly Alert[] };
  readonly ended: { readonly nodes: readonly Alert[] };
}

export const ALERTS: TypedDocumentNode<AlertsNow, Record<string, never>> = gql`
  query ConsoleAlerts {
    raised: alerts(first: 20, condition: { isRaised: true }, orderBy: [ID_DESC]) { nodes { ...AlertFields } }
    ended: alerts(first: 5, condition: { isRaised: false }, orderBy: [ID_DESC]) { nodes { ...AlertFields } }
  }
  fragment AlertFields on Alert { id monitor target message raisedAt endedAt }
`;
