import type { Refund } from './refund.js';
import type { Transfer } from './transfer.js';

/** Money that was taken, and what has become of it. In minor units of the payment's currency. */
export interface Taken {
  readonly receivedMinor: number;
  /** What the release was to take; null where nobody said: taken outside, or before there were parts. */
  readonly dueMinor: number | null;
  /** How much of what was taken is a tip. */
  readonly tipMinor: number;
  /** What the platform keeps of it, as it was decided when it was released. */
  readonly feeMinor: number;
  /** Given back in all. What a bank has not said yes to yet does not count. */
  readonly refundedMinor: number;
  /** The latest dispute about it, or null. */
  readonly dispute: Dispute | null;
  /** What we were asked to give back, the oldest first. */
  readonly refunds: readonly Refund[];
  /** The runner's share on its way to the runner; null where none was asked for. */
  readonly transfer: Transfer | null;
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
  /** Until when evidence is taken, ISO 8601; left out where Stripe does not tell, or once it is over. */
  readonly dueBy?: string;
}

/** A refund that a bank has still to say yes to. */
export interface PendingRefund {
  readonly refundId: string;
  readonly amountMinor: number;
}

/** Nothing was taken. */
export const NOTHING_TAKEN: Taken = {
  receivedMinor: 0,
  dueMinor: null,
  tipMinor: 0,
  feeMinor: 0,
  refundedMinor: 0,
  dispute: null,
  refunds: [],
  transfer: null,
};

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
export function keptMinor({
  receivedMinor,
  refundedMinor,
  dispute,
}: Pick<Taken, 'receivedMinor' | 'refundedMinor' | 'dispute'>): number {
  const lostMinor = dispute !== null && isLost(dispute) ? dispute.amountMinor : 0;
  return Math.max(0, receivedMinor - refundedMinor - lostMinor);
}
