import { decideReport, type Installation, type Payment } from '@campusg-pay/core';
import { INSTALLATION } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { belongsTo, fitOf, mayBeOurs, nameFor } from '../../src/gateway/identity.js';
import { asked, at, held } from '../../testing/samples.js';
import { intent } from '../sides.js';

const DAY_MS = 86_400_000;
const known = (): Payment => ({ ...asked(), stripeCustomerId: 'cus_1' });
/** Names were given a moment after the samples were made. */
const upgraded: Installation = {
  id: INSTALLATION.id,
  namedSince: new Date('2026-01-05T10:00:00Z'),
};
const nameless = ({ id: paymentId, orderId }: Payment) => ({
  origin: { installation: null, paymentId, orderId },
});
const from = (installation: string) => (payment: Payment) => ({
  origin: { ...nameless(payment).origin, installation },
});

describe('a PaymentIntent is', () => {
  it("a payment's own by its id, whatever its metadata says", () => {
    const payment = held();
    const origin = { installation: 'inst_elsewhere', paymentId: 'another', orderId: 'another' };
    expect(fitOf(payment, intent(payment, { origin }).intent, INSTALLATION)).toEqual({
      type: 'own',
    });
  });

  it("a payment's own by all of its metadata and terms", () => {
    const payment = known();
    expect(fitOf(payment, intent(payment).intent, INSTALLATION)).toEqual({ type: 'own' });
    expect(belongsTo(payment, intent(payment).intent, INSTALLATION)).toBe(true);
  });

  it.each([
    ['amount', { amountMinor: 2099 }],
    ['currency', { currency: 'EUR' }],
    ['customer', { stripeCustomerId: 'cus_2' }],
  ])('marked where the installation is ours and the %s is not', (term, said) => {
    const payment = known();
    const other = intent(payment, said).intent;
    const why = expect.stringContaining(`${term === 'currency' ? 'amount' : term} at the gateway`);
    expect(fitOf(payment, other, INSTALLATION)).toEqual({ type: 'differs', why });
    expect(belongsTo(payment, other, INSTALLATION)).toBe(false);
  });

  it('marked where it names another order', () => {
    const payment = known();
    const origin = { installation: INSTALLATION.id, paymentId: payment.id, orderId: 'order-2' };
    const why = 'order at the gateway is order-2';
    expect(fitOf(payment, intent(payment, { origin }).intent, INSTALLATION)).toEqual({
      type: 'differs',
      why,
    });
  });

  it.each([
    ['names another installation', from('inst_elsewhere')],
    ['names none, and all were named by then', nameless],
    ['names another payment', () => ({ origin: { ...nameless(asked()).origin } })],
  ])('nobody of ours where it %s, though its terms are the same', (_, said) => {
    for (const payment of [known(), held()]) {
      const other = { ...intent(payment, said(payment)).intent, paymentIntentId: 'pi_other' };
      expect(fitOf(payment, other, INSTALLATION)).toEqual({ type: 'foreign' });
      const report = { type: 'intent', intent: other, authoritative: true, refused: null } as const;
      expect(decideReport(payment, report, at())).toEqual({ steps: [] });
    }
  });

  it('not canceled or adopted for another customer, even by its id', () => {
    const other = intent(held(), { stripeCustomerId: 'cus_of_another' }).intent;
    const payment = { ...held(), paymentIntentId: other.paymentIntentId } as Payment;
    expect(belongsTo({ ...payment, stripeCustomerId: 'cus_1' }, other, INSTALLATION)).toBe(false);
  });
});

describe('from before installations had ids', () => {
  it('what names none is ours where payment, order, customer and amount fit', () => {
    const payment = known();
    expect(belongsTo(payment, intent(payment, nameless(payment)).intent, upgraded)).toBe(true);
    for (const other of [
      { amountMinor: 2099 },
      { currency: 'EUR' },
      { stripeCustomerId: 'cus_2' },
      { stripeCustomerId: null },
      from('inst_elsewhere')(payment),
      { origin: { ...nameless(payment).origin, orderId: 'order-2' } },
    ]) {
      const { intent: told } = intent(payment, { ...nameless(payment), ...other });
      expect(fitOf(payment, told, upgraded)).toEqual({ type: 'foreign' });
    }
  });

  it('a record that does not know its customer yet has nothing to be known by', () => {
    const payment = asked();
    const { intent: told } = intent(payment, { ...nameless(payment), stripeCustomerId: 'cus_1' });
    expect(fitOf(payment, told, upgraded)).toEqual({ type: 'foreign' });
  });

  it('replicas of the old release may be at work for a day', () => {
    const payment = (afterMs: number): Payment => ({
      ...known(),
      createdAt: new Date((upgraded.namedSince?.getTime() ?? 0) + afterMs),
    });
    const fits = (one: Payment) => fitOf(one, intent(one, nameless(one)).intent, upgraded).type;
    expect([fits(payment(DAY_MS - 1)), fits(payment(DAY_MS))]).toEqual(['own', 'foreign']);
  });

  it('the call of an old record names none, so that a repeat is the same call', () => {
    const { createdAt } = asked();
    expect(nameFor(upgraded, createdAt)).toBeNull();
    expect(nameFor(upgraded, upgraded.namedSince ?? createdAt)).toBe(upgraded.id);
    expect(nameFor(INSTALLATION, createdAt)).toBe(INSTALLATION.id);
  });

  it('what no record has may be ours only if it is as old, or names us', () => {
    const { intent: told, createdAt } = intent(known(), nameless(known()));
    const now = createdAt ?? new Date();
    expect(mayBeOurs(told, now, upgraded)).toBe(true);
    expect(mayBeOurs(told, new Date(now.getTime() + 2 * DAY_MS), upgraded)).toBe(false);
    expect(mayBeOurs(told, now, INSTALLATION)).toBe(false);
    expect(mayBeOurs(intent(known()).intent, now, INSTALLATION)).toBe(true);
  });
});
