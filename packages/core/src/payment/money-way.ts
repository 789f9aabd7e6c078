import type { Payment, ReleasedPayment, RevertedPayment } from './payment.js';
import { NOTHING_TAKEN } from './taken.js';

/**
 * Where the money of a payment is, in minor units of its currency. What was taken is always
 * `transferredMinor - reversedMinor + feeMinor + refundedMinor + keptMinor`: `keptMinor` is what is left
 * with the platform, not sent on yet or nobody's but its own; below 0 where the platform has paid for what
 * it gave back.
 */
export interface MoneyWay {
  readonly capturedMinor: number;
  /** Sent to the runner's account, or kept back of it for what they owed. */
  readonly transferredMinor: number;
  /** Came back from the account, or is owed by the runner. */
  readonly reversedMinor: number;
  readonly feeMinor: number;
  readonly refundedMinor: number;
  readonly keptMinor: number;
}

/** Where the money of a payment is. */
export function moneyWayOf(payment: Payment): MoneyWay {
  const taken = isTaken(payment) ? payment : NOTHING_TAKEN;
  const { receivedMinor: capturedMinor, feeMinor, refundedMinor, transfer } = taken;
  const isSent = transfer?.status === 'sent' || transfer?.status === 'reversed';
  const transferredMinor = isSent ? transfer.amountMinor + transfer.nettedMinor : 0;
  const reversedMinor = isSent ? transfer.reversedMinor + transfer.debtMinor : 0;
  const keptMinor = capturedMinor - transferredMinor + reversedMinor - feeMinor - refundedMinor;
  return { capturedMinor, transferredMinor, reversedMinor, feeMinor, refundedMinor, keptMinor };
}

/** What is wrong with the amounts of a record, in words; null: nothing. */
export function imbalanceOf(payment: Payment): string | null {
  if (!isTaken(payment)) return null;
  const { receivedMinor, refundedMinor, feeMinor, tipMinor, refunds, transfer } = payment;
  const { transferredMinor, reversedMinor } = moneyWayOf(payment);
  const asked = refunds
    .filter(({ status, isRest }) => status === 'succeeded' && !isRest)
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  if (refundedMinor > receivedMinor) return `${refundedMinor} of ${receivedMinor} given back`;
  if (asked > refundedMinor) return `${asked} given back in parts, ${refundedMinor} in all`;
  if (feeMinor > receivedMinor) return `a fee of ${feeMinor} of ${receivedMinor}`;
  if (tipMinor > receivedMinor) return `a tip of ${tipMinor} of ${receivedMinor}`;
  if (transferredMinor + feeMinor > receivedMinor)
    return `${transferredMinor} sent on and ${feeMinor} kept of ${receivedMinor}`;
  if (reversedMinor > transferredMinor) return `${reversedMinor} of ${transferredMinor} came back`;
  if (transfer !== null && transfer.reversedMinor > transfer.amountMinor)
    return `${transfer.reversedMinor} of ${transfer.amountMinor} reversed`;
  return null;
}

function isTaken(payment: Payment): payment is ReleasedPayment | RevertedPayment {
  return payment.status === 'RELEASED' || payment.status === 'REVERTED';
}
