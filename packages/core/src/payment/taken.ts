/** Money that was taken, and what has become of it. In minor units of the payment's currency. */
export interface Taken {
  readonly receivedMinor: number;
  /** Given back in all. What a bank has not said yes to yet does not count. */
  readonly refundedMinor: number;
  /** The latest dispute about it, or null. */
  readonly dispute: Dispute | null;
}

/** The customer's bank wants the money back, as Stripe tells it. */
export interface Dispute {
  readonly disputeId: string;
  /**
   * Stripe's word: `needs_response`, `under_review`, `won`, `lost`, `warning_needs_response` ... The
   * list is open. Source: the SDK's type `Dispute.Status`.
   */
  readonly status: string;
  /** Stripe's word, such as `fraudulent`. */
  readonly reason: string;
  readonly amountMinor: number;
}

/** A refund that a bank has still to say yes to. */
export interface PendingRefund {
  readonly refundId: string;
  readonly amountMinor: number;
}

/** Nothing was taken. */
export const NOTHING_TAKEN: Taken = { receivedMinor: 0, refundedMinor: 0, dispute: null };

const IN_FAVOUR: readonly string[] = ['won', 'warning_closed', 'prevented'];

/** Whether nothing is to be heard of it any more, but for an appeal. */
export function isClosed({ status }: Dispute): boolean {
  return status === 'lost' || IN_FAVOUR.includes(status);
}

/** Whether the money is gone for good. */
export function isLost({ status }: Dispute): boolean {
  return status === 'lost';
}

/**
 * Whether Stripe gives nothing back while it is so: the bank has the money, or may get it. An inquiry
 * (`warning_...`) leaves it with us. Source: the SDK's `Dispute.is_charge_refundable`.
 */
export function barsRefund(dispute: Dispute): boolean {
  return !IN_FAVOUR.includes(dispute.status) && !dispute.status.startsWith('warning_');
}

/** What is left of it: taken, not given back, and not lost to a bank. */
export function keptMinor({ receivedMinor, refundedMinor, dispute }: Taken): number {
  const lostMinor = dispute !== null && isLost(dispute) ? dispute.amountMinor : 0;
  return Math.max(0, receivedMinor - refundedMinor - lostMinor);
}
