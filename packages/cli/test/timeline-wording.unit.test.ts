import { initiated, type PaymentEvent } from '@campusg-pay/core';
import { usd } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { tellEntry } from '../src/wording/timeline-wording.js';

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

function said(event: PaymentEvent): string {
  const entry = { version: 2, event, correlationId: 'command-1', at };
  return tellEntry({ at, what: 'event', entry }, payment).says;
}

describe('an event of the story', () => {
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
});
