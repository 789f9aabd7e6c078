import {
  type Dispute,
  evolve,
  initiated,
  type Payment,
  type PaymentEvent,
} from '@campusg-pay/core';
import { usd } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { fundsOf, leftOf, takenOf } from '../src/wording/payment-wording.js';
import { tellEntry, tellOpen } from '../src/wording/timeline-wording.js';

const at = new Date('2030-01-01T12:00:00Z');
const call = { kind: 'authorize', params: { returnUrl: null, savePaymentMethod: false } } as const;
const payment = initiated({
  id: 'payment-1',
  orderId: 'order-1',
  attempt: 1,
  customerId: 'customer-1',
  stripeCustomerId: null,
  paymentMethodId: 'pm_card_visa',
  description: null,
  amount: usd(2098),
  correlationId: 'command-1',
  createdAt: at,
  updatedAt: at,
  operation: {
    ...call,
    key: 'key-1',
    openedAt: at,
    attempts: 1,
    leaseUntil: at,
    resting: false,
    correlationId: 'command-1',
  },
});

const DISPUTE: Dispute = {
  disputeId: 'dp_1',
  status: 'needs_response',
  reason: 'fraudulent',
  amountMinor: 2098,
};

/** A payment after some events, from the last one that is given. */
function given(...steps: readonly (Payment | PaymentEvent)[]): Payment {
  return steps.reduce<Payment>(
    (one, step) => ('type' in step ? evolve(one, step) : step),
    evolve(payment, { type: 'operation_closed', key: 'key-1', outcome: 'done', detail: null }),
  );
}

function said(event: PaymentEvent): string {
  const entry = { version: 2, event, correlationId: 'command-1', at };
  return tellEntry({ at, what: 'event', entry }, payment).says;
}

describe('an event of the story', () => {
  it('tells what a release has decided of the money', () => {
    const terms = { dueMinor: 1600, tipMinor: 100, feeMinor: 98, transfer: null } as const;
    const event = { type: 'released', runnerId: 'r', receivedMinor: 1600 } as const;
    expect(said({ ...event, terms })).toContain(
      'RELEASED with 16.00 USD of 20.98 USD to r, 1.00 USD of it a tip, with a fee of 0.98 USD',
    );
    expect(said({ ...event, terms: { ...terms, tipMinor: 0, feeMinor: 0 } })).toMatch(/to r$/);
    expect(said(event)).toMatch(/to r$/);
  });

  it('says once that a hold has lapsed, although Stripe gives that as the reason as well', () => {
    const lapsed = { type: 'reverted', revertMethod: 'expired', reason: 'expired' } as const;
    expect(said(lapsed)).toBe('2. REVERTED, expired');
  });

  it('names the reason of a revert', () => {
    const voided = { type: 'reverted', revertMethod: 'voided', reason: 'too slow' } as const;
    expect(said(voided)).toBe('2. REVERTED, voided: too slow');
  });

  it('says that no runner is named yet', () => {
    const captured = { type: 'released', runnerId: null, receivedMinor: 2098 } as const;
    expect(said(captured)).toBe('2. RELEASED, and no runner is named yet');
  });

  it.each([
    [
      { type: 'released', runnerId: 'r', receivedMinor: 300 },
      'RELEASED with 3.00 USD of 20.98 USD to r',
    ],
    [
      { type: 'refund_pending', refundId: 're_1', amountMinor: 2098 },
      'a refund of 20.98 USD waits for the bank (re_1)',
    ],
    [
      { type: 'refunded', amountMinor: 500, refundedMinor: 700 },
      '5.00 USD were given back outside, 7.00 USD in all',
    ],
    [
      {
        type: 'refund_failed',
        refundId: 're_1',
        amountMinor: 500,
        refundedMinor: 0,
        reason: 'lost card',
      },
      'a refund of 5.00 USD came to nothing: lost card',
    ],
    [
      { type: 'disputed', dispute: DISPUTE },
      'the bank disputes 20.98 USD (fraudulent, needs_response, dp_1)',
    ],
    [
      { type: 'dispute_closed', dispute: { ...DISPUTE, status: 'lost' } },
      'the bank disputes 20.98 USD (fraudulent, lost, dp_1)',
    ],
  ] as const)('tells what became of money that was taken: %o', (event, words) => {
    expect(said(event)).toBe(`2. ${words}`);
  });
});

describe('the money of a payment', () => {
  const held = given({ type: 'authorized', paymentIntentId: 'pi_1', captureBefore: null });
  const released = given(held, { type: 'released', runnerId: 'r', receivedMinor: 2098 });
  const partly = given(held, { type: 'released', runnerId: 'r', receivedMinor: 300 });

  it.each([
    ['held', held, '20.98 USD', '20.98 USD', '20.98 USD'],
    ['released', released, '20.98 USD', '20.98 USD', '20.98 USD'],
    ['released in part', partly, '20.98 USD held, 3.00 USD taken', '3.00 USD', '3.00 USD'],
    [
      'refunded in part',
      given(released, { type: 'refunded', amountMinor: 500, refundedMinor: 500 }),
      '20.98 USD, 5.00 USD given back',
      '20.98 USD',
      '15.98 USD',
    ],
    [
      'waiting for the bank',
      given(released, { type: 'refund_pending', refundId: 're_1', amountMinor: 2098 }),
      '20.98 USD, 20.98 USD on its way back',
      '20.98 USD',
      '20.98 USD',
    ],
    [
      'lost in a dispute',
      given(released, { type: 'dispute_closed', dispute: { ...DISPUTE, status: 'lost' } }),
      '20.98 USD, 20.98 USD disputed (lost)',
      '20.98 USD',
      '0.00 USD',
    ],
  ] as const)('that is %s is told whole, as taken, and as left', (_, one, funds, taken, left) => {
    expect([fundsOf(one), takenOf(one), leftOf(one)]).toEqual([funds, taken, left]);
  });

  it('names what banks have still to decide as open', () => {
    const open = (one: Payment) =>
      tellOpen({ owed: null, unpublished: [], unanswered: [], waiting: [], findings: [] }, one, at);
    const pending = given(released, { type: 'refund_pending', refundId: 're_1', amountMinor: 98 });
    expect(open(pending)).toEqual(['A refund of 0.98 USD waits for the bank (re_1).']);
    expect(open(given(released, { type: 'disputed', dispute: DISPUTE }))).toEqual([
      "The customer's bank disputes 20.98 USD (fraudulent, needs_response): answer dp_1 in Stripe's dashboard.",
    ]);
    const won = { ...DISPUTE, status: 'won' };
    expect(open(given(released, { type: 'dispute_closed', dispute: won }))).toEqual([]);
  });
});
