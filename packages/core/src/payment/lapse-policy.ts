import type { HoldFailure } from '../operation/operation.js';
import { opened } from '../operation/operation-steps.js';
import type { DecisionContext } from './decision-context.js';
import type { Payment } from './payment.js';
import type { Step } from './payment-events.js';

/**
 * Calls off a payment whose customer has not authenticated in time. Until then somebody may still
 * be at it; for ever, the order could not be authorized anew.
 *
 * @param abandonAfterMs since the payment was made; see `EscrowSettings`
 */
export function decideAbandoned(
  payment: Payment,
  context: DecisionContext,
  abandonAfterMs: number,
): Step[] {
  if (payment.status !== 'INITIATING' || !payment.requiresAction) return [];
  const ageMs = context.now.getTime() - payment.createdAt.getTime();
  if (payment.operation !== null || ageMs < abandonAfterMs) return [];
  return [opened({ kind: 'void', params: { purpose: 'fail', failure: ABANDONED } }, context)];
}

/**
 * What is done about a hold that is about to lapse. When it lapses is what Stripe says of each charge
 * (`capture_before`): mostly 7 days after the hold, for some cards less
 * (docs.stripe.com/payments/place-a-hold-on-a-payment-method). There are no defaults here: what is
 * named below is what the service sets.
 */
export interface LapsePolicy {
  /**
   * How long before its end the platform is told (`expiring`), once; in milliseconds.
   *
   * The service: `HOLD_EXPIRY_WARN_HOURS`, 24 hours when it is not set.
   */
  readonly warnMs: number;
  /**
   * `warn`: the platform is told, no more. `release`: the amount is captured. `revert`: the hold is
   * let go.
   *
   * The service: `HOLD_EXPIRY_ACTION`, `warn` when it is not set.
   */
  readonly action: 'warn' | 'release' | 'revert';
  /**
   * How long before its end that is done, in milliseconds; more than the minute that may pass between
   * two looks. Not read where `action` is `warn`.
   *
   * The service: `HOLD_EXPIRY_ACT_MINUTES`, 60 minutes when it is not set.
   */
  readonly actMs: number;
}

/**
 * Tells of a hold that lapses soon, and captures it or lets it go where the policy says so. What is
 * captured has no runner yet: the release that comes later names one.
 */
export function decideLapsing(
  payment: Payment,
  context: DecisionContext,
  { warnMs, action, actMs }: LapsePolicy,
): Step[] {
  if (payment.status !== 'AUTHORIZED' || payment.operation !== null) return [];
  const { captureBefore } = payment;
  if (captureBefore === null) return [];
  const leftMs = captureBefore.getTime() - context.now.getTime();
  if (leftMs <= 0) return [];
  const tell: Step[] =
    leftMs <= warnMs && !payment.expiring ? [{ type: 'expiring', captureBefore }] : [];
  if (action === 'warn' || leftMs > actMs) return tell;
  const call =
    action === 'release'
      ? ({ kind: 'capture', params: { runnerId: null } } as const)
      : ({ kind: 'void', params: { purpose: 'revert', reason: 'hold_expiring' } } as const);
  return [...tell, opened(call, context)];
}

const ABANDONED: HoldFailure = {
  code: 'authentication_abandoned',
  declineCode: null,
  message: 'The customer did not authenticate the payment in time.',
};
