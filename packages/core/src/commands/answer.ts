import { err, ok, type Result } from 'neverthrow';
import type { CustomerAction } from '../gateway/payment-gateway.js';
import type { Execution } from '../operation/execution.js';
import type { Refusal } from '../payment/decide.js';
import type { Payment, Status } from '../payment/payment.js';
import type { Refund } from '../payment/refund.js';
import type { Fault } from '../ports.js';

/** How a command ended, when it was not refused. */
export type Answer =
  | {
      readonly outcome: 'done';
      readonly payment: Payment;
      /** What a revert has given back that has left a part with us. */
      readonly refund?: Refund;
    }
  /** Held as soon as the customer has authenticated. */
  | {
      readonly outcome: 'requires_action';
      readonly payment: Payment;
      readonly action: CustomerAction;
    }
  /** Accepted and written down; it will be finished whatever happens. Ask again later. */
  | {
      readonly outcome: 'processing';
      readonly payment: Payment;
      /** The part that a revert gives back. */
      readonly refund?: Refund;
    };

export type Answered = Result<Answer, Refusal | Fault>;

/** Where a payment stands that may be asked for it. Elsewhere its status is the answer. */
const MAY_ASK: Readonly<Record<'RELEASED' | 'REVERTED', readonly Status[]>> = {
  RELEASED: ['AUTHORIZED'],
  REVERTED: ['INITIATING', 'AUTHORIZED', 'RELEASED'],
};

/** The answer to a release or revert, by what its execution came to. */
export function answerTo(wanted: 'RELEASED' | 'REVERTED', done: Execution): Answered {
  const { payment, fault, withdrawn, refused } = done;
  const { status } = payment;
  if (withdrawn && fault !== null) return err(fault);
  if (status === wanted && payment.operation === null) return ok({ outcome: 'done', payment });
  if (payment.operation !== null) return ok({ outcome: 'processing', payment });
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
