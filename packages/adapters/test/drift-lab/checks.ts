import type { Discrepancy } from '@campusg-pay/core';
import type { Sandbox } from '@campusg-pay/sandbox';
import type { Expected } from './plants.js';

type Told = Pick<Expected, 'type' | 'paymentId' | 'paymentIntentId'>;

/** A drift, as what was planted is told. */
export function told(drift: Discrepancy): Told {
  return {
    type: drift.type,
    paymentId: drift.ours?.id ?? null,
    paymentIntentId: drift.theirs?.paymentIntentId ?? null,
  };
}

/** Comparable, whatever the order and however often. */
export function inOrder(all: readonly Told[]): readonly string[] {
  return all.map(({ type, ...ids }) => [type, ids.paymentId, ids.paymentIntentId].join(' ')).sort();
}

/** What each PaymentIntent holds or keeps of the customer's money, in minor units. */
export function booksAt(sandbox: Sandbox): ReadonlyMap<string, number> {
  const { paymentIntents, charges } = sandbox.ledger();
  const refunded = new Map(charges.map((one) => [one.payment_intent, one.amount_refunded]));
  return new Map(
    paymentIntents.map((intent) => {
      const held = intent.status === 'requires_capture' ? intent.amount : 0;
      const kept = intent.status === 'succeeded' ? intent.amount_received : 0;
      return [intent.id, held + kept - (kept > 0 ? (refunded.get(intent.id) ?? 0) : 0)];
    }),
  );
}

/** Which of them went back, and how much; what was taken besides would be below zero. */
export function moneyMoved(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): string[] {
  return [...after].flatMap(([id, now]) => {
    const back = (before.get(id) ?? 0) - now;
    return back === 0 ? [] : [`${id} ${back}`];
  });
}
