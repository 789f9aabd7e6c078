import type { Clawback } from '../payment/clawback.js';
import type { DecisionContext } from '../payment/decision-context.js';
import { evolve } from '../payment/evolve.js';
import type { Payment } from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';
import { nextRefundSteps } from './own-refunds.js';
import { clawbackSteps } from './transfer-steps.js';

/**
 * What follows by itself once no call is owed any more: the next refund that waits for its turn, then
 * what the runner gives back of what the customer got.
 */
export function withFollowUps(
  payment: Payment,
  steps: readonly Step[],
  context: Omit<DecisionContext, 'correlationId'> & { readonly clawback?: Clawback },
): { readonly steps: readonly Step[] } {
  const after = steps.reduce<Payment>(evolve, payment);
  const refund = nextRefundSteps(after, context);
  if (refund.length > 0) return { steps: [...steps, ...refund] };
  const { clawback = 'proportional' } = context;
  return { steps: [...steps, ...clawbackSteps(after, clawback, context)] };
}
