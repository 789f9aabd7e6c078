/** What comes from outside into a decision, so that deciding stays pure. */
export interface DecisionContext {
  readonly now: Date;
  /** A fresh idempotency key, for the one operation that the decision may open. */
  readonly operationKey: string;
  /** How long whoever opens an operation may take to finish it, in milliseconds. */
  readonly leaseMs: number;
  readonly correlationId: string;
}
