/**
 * Where a refund that we owe stands. `owed`: it will be asked for; `pending`: a bank has still to
 * agree; `failed`, `canceled`: it came to nothing. Source of the last four: the SDK's `Refund.status`.
 */
export const REFUND_STATUSES = ['owed', 'pending', 'succeeded', 'failed', 'canceled'] as const;

export type RefundStatus = (typeof REFUND_STATUSES)[number];

/** One part of a payment, or all that was left of it, that somebody asked us to give back. */
export interface Refund {
  /** The caller's name for it, unique in the payment; where none was given, one of ours. */
  readonly refundId: string;
  /** Of what was left, where all of that is given back, as it was when it was asked for. */
  readonly amountMinor: number;
  /** All that is left is given back, whatever that is by then. */
  readonly isRest: boolean;
  readonly status: RefundStatus;
  /** Free text for people. */
  readonly reason: string | null;
  /** `re_...`, once Stripe has told. */
  readonly stripeRefundId: string | null;
  readonly createdAt: Date;
  /** Of the command that asked for it. */
  readonly correlationId: string;
}

/** Most refunds of one payment, so that all can be told at once. */
export const MOST_REFUNDS = 100;

/** Whether it takes money from what is left: it is given back, or on its way. */
export function counts({ status }: Refund): boolean {
  return status !== 'failed' && status !== 'canceled';
}

/** What is asked for and not given back yet. */
export function underWayMinor(refunds: readonly Refund[]): number {
  return refunds
    .filter(({ status }) => status === 'owed' || status === 'pending')
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

/** The same list, with one of them changed. */
export function withRefund(
  refunds: readonly Refund[],
  refundId: string,
  changed: Partial<Pick<Refund, 'status' | 'stripeRefundId' | 'amountMinor'>>,
): readonly Refund[] {
  return refunds.map((one) => (one.refundId === refundId ? { ...one, ...changed } : one));
}

/** The list with one more; one that came to nothing and is asked for anew keeps its place. */
export function withRequested(refunds: readonly Refund[], refund: Refund): readonly Refund[] {
  const isKnown = refunds.some(({ refundId }) => refundId === refund.refundId);
  return isKnown
    ? refunds.map((one) => (one.refundId === refund.refundId ? refund : one))
    : [...refunds, refund];
}
