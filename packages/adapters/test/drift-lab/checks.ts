import type { Discrepancy, RepairPlan } from '@campusg-pay/core';
import type { Sandbox } from '@campusg-pay/sandbox';
import type { Expected } from './plant-parts.js';

type Told = Pick<Expected, 'type' | 'paymentId' | 'paymentIntentId'>;

/** A drift, as what was planted is told. */
export function told(drift: Discrepancy): Told {
  return {
    type: drift.type,
    paymentId: drift.ours?.id ?? null,
    paymentIntentId: drift.theirs?.paymentIntentId ?? drift.transfer?.stripeTransferId ?? null,
  };
}

/** What is still to be found once all repairs are made. */
export function leftOf(planted: readonly Expected[]): readonly Told[] {
  return planted.flatMap(({ leaves, mends, ...one }) => {
    // What is found instead is found with the PaymentIntent.
    const paymentIntentId = `pi_${one.paymentId?.replace('-', '')}`;
    if (leaves !== undefined) return { ...one, type: leaves, paymentIntentId };
    return mends ? [] : one;
  });
}

/** Comparable, whatever the order and however often. */
export function inOrder(all: readonly Told[]): readonly string[] {
  return all.map(({ type, ...ids }) => [type, ids.paymentId, ids.paymentIntentId].join(' ')).sort();
}

/**
 * What each PaymentIntent holds or keeps of the customer's money, in minor units, and what the runner of
 * each payment has not got, which is less than nothing.
 */
export function booksAt(sandbox: Sandbox): ReadonlyMap<string, number> {
  const { paymentIntents, charges, transfers } = sandbox.ledger();
  const refunded = new Map(charges.map((one) => [one.payment_intent, one.amount_refunded]));
  const runners = new Map<string, number>();
  for (const { metadata, amount, amount_reversed: reversed } of transfers) {
    const key = `runner of ${metadata.payment_id}`;
    runners.set(key, (runners.get(key) ?? 0) + amount - reversed);
  }
  const customers = new Map(
    paymentIntents.map((intent): [string, number] => {
      const held = intent.status === 'requires_capture' ? intent.amount : 0;
      const kept = intent.status === 'succeeded' ? intent.amount_received : 0;
      return [intent.id, held + kept - (kept > 0 ? (refunded.get(intent.id) ?? 0) : 0)];
    }),
  );
  return new Map([...customers, ...runners]);
}

/** What the repairs of a plan say that they move, as {@link moneyMoved} tells it. */
export function namedBy(plan: RepairPlan): string[] {
  return plan.repairs.flatMap(({ drift: { repair } }) => {
    const { givesBack, paymentIntentId, paymentId, runner } = repair;
    const back = givesBack === null ? [] : [`${paymentIntentId} ${givesBack.amountMinor}`];
    if (runner === undefined) return back;
    const { way, money } = runner;
    const sign = way === 'sends' ? -1 : 1;
    return [...back, `runner of ${paymentId} ${sign * money.amountMinor}`];
  });
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
