import type { IntentSnapshot, IntentStatus, Payment } from '@campusg-pay/core';
import { usd } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { held } from '../../testing/samples.js';
import { both, by, captured, gist, judged, marks } from '../sides.js';
import { SITUATIONS, type Situation } from '../situations.js';

type Said = IntentStatus | Partial<IntentSnapshot>;
const HELD = 'requires_capture';
const at = (situation: Situation): Payment => SITUATIONS[situation]();
const found = (payment: Payment, said: Said) => gist(judged(both(payment, said)));

describe('the terms of a payment and of its PaymentIntent', () => {
  const critical = { severity: 'critical', atRisk: usd(2098) };
  it.each([
    ['a cent more', { amountMinor: 2099 }, 'amount at the gateway is 2099 USD'],
    ['a cent less', { amountMinor: 2097 }, 'amount at the gateway is 2097 USD'],
  ])('differ by %s', (_, said, why) => {
    const fact = { type: 'amount_differs', which: 'charged' };
    expect(found(held(), said)).toEqual([{ ...fact, ...critical, repair: marks(why) }]);
  });

  it('differ by the currency alone, whatever the figures', () => {
    const repair = marks('amount at the gateway is 5 EUR');
    const discrepancy = { type: 'currency_differs', ...critical, repair };
    expect(found(held(), { currency: 'EUR', amountMinor: 5 })).toEqual([discrepancy]);
  });

  it('differ by the customer, where both sides name one', () => {
    const repair = marks('customer at the gateway is cus_other');
    const discrepancy = {
      type: 'customer_differs',
      severity: 'serious',
      atRisk: usd(2098),
      repair,
    };
    expect(found(held(), { stripeCustomerId: 'cus_other' })).toEqual([discrepancy]);
    expect(found(held(), { stripeCustomerId: null })).toEqual([]);
    const nobody = { ...held(), stripeCustomerId: null };
    expect(found(nobody, { stripeCustomerId: 'cus_other' })).toEqual([]);
  });

  it.each([
    [{ ...captured(), receivedMinor: 2099 }, '2099 of 2098 captured, 0 refunded'],
    [captured(2099), '2098 of 2098 captured, 2099 refunded'],
    [{ ...captured(null), receivedMinor: 3000 }, '3000 of 2098 captured, 0 refunded'],
  ])('are broken by more than there is: %j', (said, detail) => {
    const fact = { type: 'invariant_broken', invariant: 'overdrawn', detail };
    expect(found(at('released'), said)).toEqual([{ ...fact, ...critical, repair: marks(detail) }]);
  });

  it.each([
    ['released', 2097, '2097 were received at the gateway, not 2098'],
    ['refunded', 2097, '2097 were received at the gateway, not 2098'],
    ['voided', 2098, '2098 were received at the gateway, not 0'],
  ] as const)('differ by what was received, as %s', (situation, receivedMinor, why) => {
    const fact = { type: 'amount_differs', which: 'received' };
    const said = { ...captured(), receivedMinor };
    expect(found(at(situation), said)).toEqual([{ ...fact, ...critical, repair: marks(why) }]);
  });

  it('are all told, and nothing is concluded from them', () => {
    const said = { ...captured(), amountMinor: 2000, stripeCustomerId: 'cus_other' };
    const types = found(held(), said).map(({ type }) => type);
    expect(types).toEqual(['amount_differs', 'customer_differs', 'invariant_broken']);
  });

  it('are marked once', () => {
    const seen = { ...held(), review: 'seen' };
    expect(found(seen, { amountMinor: 1 })).toMatchObject([{ repair: null }]);
  });
});

describe('a PaymentIntent that is alive although its payment is over', () => {
  const cancel = (minor: number | null) => by({ type: 'cancel_stray' }, minor);
  it.each([
    ['failed', HELD, 2098],
    ['failed without an intent', HELD, 2098],
    ['voided', HELD, 2098],
    ['lapsed', HELD, 2098],
    ['canceled', 'requires_action', null],
    ['failed', 'requires_payment_method', null],
    ['failed', 'processing', null],
  ] as const)('is canceled, as %s and %s', (situation, status, back) => {
    const discrepancy = { type: 'intent_stray', severity: 'critical', atRisk: usd(2098) };
    expect(found(at(situation), status)).toEqual([{ ...discrepancy, repair: cancel(back) }]);
  });

  it.each(['failed', 'failed without an intent', 'voided', 'canceled'] as const)(
    'is nothing any more once it was canceled, as %s',
    (situation) => {
      expect(found(at(situation), 'canceled')).toEqual([]);
    },
  );

  it.each(['failed', 'voided', 'refunded'] as const)(
    'is not concluded from a status that nobody knows, as %s',
    (situation) => {
      expect(found(at(situation), 'unknown')).toEqual([]);
    },
  );
});
