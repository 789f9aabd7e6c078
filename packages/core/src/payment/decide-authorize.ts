import { err, ok, type Result } from 'neverthrow';
import { type Money, sameMoney } from '../money/money.js';
import type { Payment } from './payment.js';
import type { ContradictedField, Refusal } from './refusal.js';

/** What a repeated authorize is compared by. Null where the request left it open. */
export interface HoldTerms {
  readonly customerId: string;
  readonly amount: Money;
  readonly stripeCustomerId: string | null;
  readonly paymentMethodId: string | null;
  readonly paymentId: string | null;
}

/** Whether an authorize may join the order's live payment: only as a repeat of the same command. */
export function decideRepeatedAuthorize(live: Payment, terms: HoldTerms): Result<void, Refusal> {
  const { status, operation } = live;
  const differs = firstDifference(live, terms);
  if (differs !== null) return err({ type: 'Contradiction', status, field: differs });
  // The cancel after a decline is a part of the authorize that is repeated: its end is waited for.
  if (operation?.kind === 'void' && operation.params.purpose === 'revert') {
    return err({ type: 'OperationInProgress', status, kind: operation.kind });
  }
  return ok();
}

function firstDifference(live: Payment, terms: HoldTerms): ContradictedField | null {
  const { paymentId, stripeCustomerId, paymentMethodId } = terms;
  if (live.customerId !== terms.customerId) return 'customer.clerkUserId';
  if (live.amount.currency !== terms.amount.currency) return 'order.currency';
  if (!sameMoney(live.amount, terms.amount)) return 'order.amount';
  if (paymentId !== null && live.id !== paymentId) return 'custpaymentId';
  if (paymentMethodId !== null && live.paymentMethodId !== paymentMethodId) {
    return 'customer.userStripeCard.payment_method_id';
  }
  const knownCustomer = live.stripeCustomerId;
  if (stripeCustomerId !== null && knownCustomer !== null && knownCustomer !== stripeCustomerId) {
    return 'customer.stripeCustomerId';
  }
  return null;
}
