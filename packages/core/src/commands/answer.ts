import { err, ok, type Result } from 'neverthrow';
import type { CustomerAction } from '../gateway/payment-gateway.js';
import type { Execution } from '../operation/execution.js';
import { refundableMinor } from '../payment/decide-refund.js';
import { type Payment, restCallOf, type Status } from '../payment/payment.js';
import type { Refund } from '../payment/refund.js';
import type { Refusal } from '../payment/refusal.js';
import type { Fault } from '../ports.js';

/** How a command ended, when it was not refused. */
export type Answer =
  | {
      readonly outcome: 'done';
      readonly payment: Payment;
      /** The refund that a revert has asked for, where that was one of several. */
      readonly refund?: Refund;
    }
  /** Held as soon as the customer has authenticated. */
  | {
      readonly outcome: 'requires_action';
      readonly payment: Payment;
      readonly action: CustomerAction;
    }
  /** Accepted and written down; it will be finished whatever happens. Ask again later. */
  | { readonly outcome: 'processing'; readonly payment: Payment; readonly refund?: Refund };

export type Answered = Result<Answer, Refusal | Fault>;

/** Where a payment stands that may be asked for it. Elsewhere its status is the answer. */
const MAY_ASK: Readonly<Record<'RELEASED' | 'REVERTED', readonly Status[]>> = {
  RELEASED: ['AUTHORIZED'],
  REVERTED: ['INITIATING', 'AUTHORIZED', 'RELEASED'],
};

/** Whether a payment is where a command wants it. What goes on to the runner, or comes back, may follow. */
export function isReached(wanted: 'RELEASED' | 'REVERTED', payment: Payment): boolean {
  if (payment.status !== wanted) return false;
  return payment.status === 'REVERTED' || restCallOf(payment) === null;
}

/** The answer to a release or revert, by what its execution came to. */
export function answerTo(wanted: 'RELEASED' | 'REVERTED', done: Execution): Answered {
  const { payment, fault, withdrawn, refused } = done;
  const { status } = payment;
  if (withdrawn && fault !== null) return err(fault);
  if (isReached(wanted, payment)) return ok({ outcome: 'done', payment });
  if (payment.operation !== null || isGoingBack(payment))
    return ok({ outcome: 'processing', payment });
  if (
    payment.status === 'REVERTED' &&
    payment.revertMethod === 'expired' &&
    payment.captureBefore !== null
  ) {
    return err({ type: 'HoldExpired', status, captureBefore: payment.captureBefore });
  }
  if (refused !== null && MAY_ASK[wanted].includes(status)) {
    const { detail, final } = refused;
    return err({ type: 'GatewayRefused', status, detail, final });
  }
  // A revert that was written down waits for Stripe to say what became of the hold.
  if (payment.status === 'INITIATING' && payment.revertRequested !== null) {
    return ok({ outcome: 'processing', payment });
  }
  return err({ type: 'WrongStatus', status });
}

/** All that was left is on its way back, and banks have still to agree. */
function isGoingBack(payment: Payment): boolean {
  if (payment.status !== 'RELEASED') return false;
  return refundableMinor(payment) === 0 && payment.refundedMinor < payment.receivedMinor;
}
