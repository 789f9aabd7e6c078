import { type Discrepancy, discrepancyKey, type Payment } from '@campusg-pay/core';
import { INSTALLATION, usd } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { asked, DECLINED, held } from '../../testing/samples.js';
import { both, captured, intent, judged, later, record } from '../sides.js';
import { SITUATIONS } from '../situations.js';

const START = '2026-01-05T09:00:00.000Z';
const END = '2026-01-12T09:00:00.000Z';

/** A discrepancy of a record that Stripe has nothing for. */
function missing(payment: Payment): Discrepancy | undefined {
  return judged({ kind: 'ours', ours: record(payment), missing: true })[0];
}

describe('what a record shows as evidence', () => {
  it.each([
    ['asking', 0, null, { kind: 'authorize', attempts: 1 }],
    ['waiting for the customer', 0, null, null],
    ['held', 0, END, null],
    ['voiding', 0, END, { kind: 'void', attempts: 1 }],
    ['released', 2098, END, null],
    ['refunding', 2098, END, { kind: 'refund', attempts: 1 }],
    ['voided', 0, END, null],
    ['refunded', 2098, END, null],
    ['canceled', 0, null, null],
    ['failed', 0, null, null],
  ] as const)('is all of it, as %s', (situation, receivedMinor, captureBefore, owes) => {
    const payment = { ...SITUATIONS[situation](), updatedAt: later(1000) };
    const { id, orderId, status, paymentIntentId, stripeCustomerId, version } = payment;
    const taken = { dueMinor: null, tipMinor: 0, feeMinor: 0, transfer: null };
    const refundedMinor = situation === 'refunded' ? 2098 : 0;
    expect(missing(payment)?.ours).toEqual({
      id,
      orderId,
      attempt: 1,
      status,
      amount: usd(2098),
      paymentIntentId,
      stripeCustomerId,
      review: null,
      version,
      receivedMinor,
      captureBefore,
      owes,
      createdAt: START,
      updatedAt: '2026-01-05T09:00:01.000Z',
      ...(receivedMinor > 0 ? { money: { ...taken, refundedMinor } } : {}),
    });
  });

  it('counts how often its call was tried', () => {
    const voiding = SITUATIONS.voiding();
    const tried = { ...voiding, operation: { ...voiding.operation, attempts: 7 } } as Payment;
    expect(missing(tried)?.ours?.owes).toEqual({ kind: 'void', attempts: 7 });
  });
});

describe('what a PaymentIntent shows as evidence', () => {
  const payment = held();
  const told = intent(payment, { captureBefore: later(0), failure: DECLINED });

  it('is all but why it failed, with its times in UTC', () => {
    const [discrepancy] = judged({ kind: 'theirs', theirs: told, by: 'metadata' });
    expect(discrepancy?.theirs).toEqual({
      paymentIntentId: payment.paymentIntentId,
      status: 'requires_capture',
      ...usd(2098),
      receivedMinor: 0,
      refundedMinor: 0,
      captureBefore: START,
      stripeCustomerId: payment.stripeCustomerId,
      cancellationReason: null,
      installation: INSTALLATION.id,
      paymentId: payment.id,
      orderId: payment.orderId,
      createdAt: START,
    });
    expect(discrepancy).toMatchObject({ ours: null, repair: null });
  });

  it('has no times where none are known', () => {
    const asked = { ...told, createdAt: null, intent: { ...told.intent, captureBefore: null } };
    const [discrepancy] = judged({ kind: 'theirs', theirs: asked, by: 'metadata' });
    expect(discrepancy?.theirs).toMatchObject({ createdAt: null, captureBefore: null });
  });
});

describe('what a repair is about', () => {
  const payment = held();

  it("is the record and the gateway's PaymentIntent", () => {
    const theirs = intent(payment, { paymentIntentId: 'pi_second' });
    const ours = record(payment);
    const [discrepancy] = judged({ kind: 'second', ours, theirs, own: intent(payment) });
    expect(discrepancy?.repair).toEqual({
      type: 'cancel_stray',
      paymentId: payment.id,
      paymentIntentId: 'pi_second',
      givesBack: usd(2098),
    });
    expect(discrepancy).toMatchObject({
      ours: { paymentIntentId: payment.paymentIntentId },
      theirs: { paymentIntentId: 'pi_second' },
    });
  });

  it('is shown with both sides where both are there', () => {
    const { id, paymentIntentId } = payment;
    const [discrepancy] = judged(both(payment, captured()));
    expect(discrepancy).toMatchObject({
      ours: { id, status: 'AUTHORIZED' },
      theirs: { paymentIntentId, status: 'succeeded' },
      repair: { type: 'report', paymentId: id, paymentIntentId },
    });
  });

  it("is the record's own where the gateway has none, or none at all", () => {
    const { id: paymentId, paymentIntentId } = payment;
    const discrepancy = missing(payment);
    expect(discrepancy?.theirs).toBeNull();
    expect(discrepancy?.repair).toMatchObject({ paymentId, paymentIntentId, givesBack: null });
    expect(missing(asked())?.repair).toMatchObject({ paymentIntentId: null });
  });
});

describe('the key of a drift', () => {
  const ours = { id: 'payment-1' } as Discrepancy['ours'];
  const theirs = { paymentIntentId: 'pi_1' } as Discrepancy['theirs'];
  const broken = { type: 'invariant_broken', detail: '1 of 2 received' } as const;
  it.each([
    ['both sides', { type: 'intent_stray', ours, theirs }, 'intent_stray|payment-1|pi_1||'],
    ['a record', { type: 'intent_missing', ours, theirs: null }, 'intent_missing|payment-1|||'],
    ['a PaymentIntent', { type: 'duplicate_hold', ours: null, theirs }, 'duplicate_hold||pi_1||'],
    [
      'an invariant, whatever its figures',
      { ...broken, invariant: 'released_in_part', ours, theirs },
      'invariant_broken|payment-1|pi_1|released_in_part|',
    ],
    [
      'a record that can not be read, of which there is but the detail',
      { ...broken, invariant: 'unreadable', ours: null, theirs: null },
      'invariant_broken|||unreadable|1 of 2 received',
    ],
  ] as const)('names %s', (_, discrepancy, key) => {
    expect(discrepancyKey(discrepancy)).toBe(key);
  });
});
