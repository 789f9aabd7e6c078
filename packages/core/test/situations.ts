import type { Dispute, Payment, Step, Transfer } from '@campusg-pay/core';
import {
  asked,
  closes,
  DECLINED,
  given,
  held,
  intentOf,
  learned,
  opens,
} from '../testing/samples.js';

const known = (): Payment => given(asked(), closes, learned);
const needsAction = (payment: Payment): Step => ({
  type: 'requires_action',
  paymentIntentId: intentOf(payment),
});
const asksToRevert: Step = {
  type: 'revert_requested',
  reason: 'too slow',
  correlationId: 'revert-1',
};
const failing = () => opens({ kind: 'void', params: { purpose: 'fail', failure: DECLINED } });
const voiding = () => opens({ kind: 'void', params: { purpose: 'revert', reason: 'too slow' } });
const capturing = () => opens({ kind: 'capture', params: { runnerId: 'runner-1' } });
const tellsOfEnd: Step = { type: 'expiring', captureBefore: new Date('2030-01-07T12:00:00Z') };
const capturedForNobody: Step = { type: 'released', runnerId: null, receivedMinor: 2098 };
const captured: Step = { type: 'released', runnerId: 'runner-1', receivedMinor: 2098 };
const reverted = (revertMethod: 'voided' | 'refunded' | 'canceled' | 'expired'): Step => ({
  type: 'reverted',
  revertMethod,
  reason: 'too slow',
});

export const DISPUTE: Dispute = {
  disputeId: 'dp_1',
  status: 'needs_response',
  reason: 'fraudulent',
  amountMinor: 2098,
};

/** Of a payment of 2098 with a fee of 98. */
export const TRANSFER: Transfer = {
  transferId: 'transfer-1',
  status: 'owed',
  runnerId: 'runner-1',
  stripeAccount: 'acct_1',
  amountMinor: 2000,
  nettedMinor: 0,
  reversedMinor: 0,
  debtMinor: 0,
  stripeTransferId: null,
  chargeId: 'ch_1',
  reason: null,
  tries: 0,
  nextTryAt: null,
};

/** Every situation a payment can be in: each status with each call it can owe. */
export const SITUATIONS = {
  asking: () => asked(),
  'asking, to be reverted then': () => given(asked(), asksToRevert),
  'known, nothing owed': known,
  'known, to be reverted': () => given(asked(), asksToRevert, closes, learned),
  'waiting for the customer': () => given(known(), needsAction),
  'canceled after a decline': () => given(known(), failing()),
  'canceled on request': () => given(known(), voiding()),
  held: () => held(),
  'held, and told that it lapses soon': () => given(held(), tellsOfEnd),
  capturing: () => given(held(), capturing()),
  'capturing before the hold lapses': () =>
    given(held(), opens({ kind: 'capture', params: { runnerId: null } })),
  voiding: () => given(held(), voiding()),
  released: () => given(held(), captured),
  'released by somebody else': () =>
    given(held(), capturedForNobody, {
      type: 'review_needed',
      reason: 'captured outside this service',
    }),
  'captured before the hold lapsed': () => given(held(), capturedForNobody),
  refunding: () =>
    given(held(), captured, opens({ kind: 'refund', params: { reason: 'too slow' } })),
  'refund pending': () =>
    given(held(), captured, opens({ kind: 'refund', params: { reason: 'too slow' } }), {
      type: 'refund_pending',
      refundId: 're_1',
      amountMinor: 2098,
    }),
  disputed: () =>
    given(
      held(),
      captured,
      { type: 'disputed', dispute: DISPUTE },
      { type: 'review_needed', reason: 'disputed: 2098 minor units, fraudulent (dp_1)' },
    ),
  voided: () => given(held(), reverted('voided')),
  lapsed: () => given(held(), reverted('expired')),
  canceled: () => given(known(), reverted('canceled')),
  refunded: () => given(held(), captured, reverted('refunded')),
  failed: () => given(known(), { type: 'failed', failure: DECLINED }),
  'failed without an intent': () => given(asked(), closes, { type: 'failed', failure: DECLINED }),
} satisfies Record<string, () => Payment>;

export type Situation = keyof typeof SITUATIONS;

/** All names, in the order above. */
export const ALL_SITUATIONS = Object.keys(SITUATIONS) as Situation[];
