import { REFUND_STATUSES, TRANSFER_STATUSES } from '@campusg-pay/core';
import { z } from 'zod';

// What several documents have in them.

export const TIME = z.iso.datetime();

/** Exact: minor units, and the same in major units. Sums outgrow JSON's numbers, hence the text. */
export const AMOUNT = z.object({
  currency: z.string().length(3),
  minor: z.string().regex(/^-?\d+$/),
  major: z.string(),
});

/** Where money that was taken is: captured = transferred - reversed + fee + refunded + kept. */
export const MONEY_WAY = z.object({
  captured: AMOUNT,
  transferred: AMOUNT,
  reversed: AMOUNT,
  fee: AMOUNT,
  refunded: AMOUNT,
  /** Below 0 where the platform has paid for what it gave back. */
  kept: AMOUNT,
});

/** The runner's share of a payment on its way. */
export const TRANSFER_PART = z.object({
  transferId: z.string(),
  stripeTransferId: z.string().nullable(),
  status: z.enum(TRANSFER_STATUSES),
  runnerId: z.string(),
  stripeAccount: z.string().nullable(),
  amount: AMOUNT,
  /** Kept back of the share for debts of the runner. */
  netted: AMOUNT,
  reversed: AMOUNT,
  /** Was to come back, and became a debt. */
  debt: AMOUNT,
  reason: z.string().nullable(),
  nextTryAt: TIME.nullable(),
});

/** One refund of a payment. */
export const REFUND_PART = z.object({
  refundId: z.string(),
  stripeRefundId: z.string().nullable(),
  status: z.enum(REFUND_STATUSES),
  amount: AMOUNT,
  reason: z.string().nullable(),
  createdAt: TIME,
});

export type AmountDocument = z.infer<typeof AMOUNT>;
export type MoneyWayDocument = z.infer<typeof MONEY_WAY>;
export type TransferPart = z.infer<typeof TRANSFER_PART>;
export type RefundPart = z.infer<typeof REFUND_PART>;
