import {
  type Currency,
  formatSum,
  type Money,
  moneyWayOf,
  type Payment,
  type Refund,
  type Transfer,
} from '@campusg-pay/core';
import type {
  AmountDocument,
  MoneyWayDocument,
  RefundPart,
  TransferPart,
} from './document-parts.js';

/** Exact, both ways. */
export function amountDocument({
  currency,
  minor,
}: {
  readonly currency: string;
  readonly minor: bigint;
}): AmountDocument {
  return { currency, minor: String(minor), major: formatSum(minor, currency as Currency) };
}

export function moneyDocument({ currency, amountMinor }: Money): AmountDocument {
  return amountDocument({ currency, minor: BigInt(amountMinor) });
}

/** Sums of money that was taken, in minor units of one currency. */
export interface TakenSums {
  readonly captured: bigint;
  readonly transferred: bigint;
  readonly reversed: bigint;
  readonly fee: bigint;
  readonly refunded: bigint;
  readonly kept: bigint;
}

/** Where such sums are, as `--json` prints it. */
export function moneyWayDocument(sums: TakenSums, currency: string): MoneyWayDocument {
  const amount = (minor: bigint) => amountDocument({ currency, minor });
  return {
    captured: amount(sums.captured),
    transferred: amount(sums.transferred),
    reversed: amount(sums.reversed),
    fee: amount(sums.fee),
    refunded: amount(sums.refunded),
    kept: amount(sums.kept),
  };
}

/** Where the money of one payment is. */
export function moneyWayOfPayment(payment: Payment): MoneyWayDocument {
  const way = moneyWayOf(payment);
  const sums = {
    captured: BigInt(way.capturedMinor),
    transferred: BigInt(way.transferredMinor),
    reversed: BigInt(way.reversedMinor),
    fee: BigInt(way.feeMinor),
    refunded: BigInt(way.refundedMinor),
    kept: BigInt(way.keptMinor),
  };
  return moneyWayDocument(sums, payment.amount.currency);
}

/** The same as one line that adds up. */
export function moneyLine(way: MoneyWayDocument): string {
  const { captured, transferred, reversed, fee, refunded, kept } = way;
  return (
    `captured ${captured.major} = transferred ${transferred.major} - reversed ${reversed.major} + ` +
    `fee ${fee.major} + refunded ${refunded.major} + kept ${kept.major} ${captured.currency}`
  );
}

/** A transfer as `--json` prints it. */
export function transferPart(transfer: Transfer, currency: Currency): TransferPart {
  const { transferId, stripeTransferId, status, runnerId, stripeAccount, reason } = transfer;
  const money = (amountMinor: number) => moneyDocument({ currency, amountMinor });
  return {
    transferId,
    stripeTransferId,
    status,
    runnerId,
    stripeAccount,
    amount: money(transfer.amountMinor),
    netted: money(transfer.nettedMinor),
    reversed: money(transfer.reversedMinor),
    debt: money(transfer.debtMinor),
    reason,
    nextTryAt: transfer.nextTryAt?.toISOString() ?? null,
  };
}

/** A refund as `--json` prints it. */
export function refundPart(refund: Refund, currency: Currency): RefundPart {
  const { refundId, stripeRefundId, status, amountMinor, reason, createdAt } = refund;
  return {
    refundId,
    stripeRefundId,
    status,
    amount: moneyDocument({ currency, amountMinor }),
    reason,
    createdAt: createdAt.toISOString(),
  };
}
