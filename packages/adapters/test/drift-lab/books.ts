import type { PaymentEvent, Status } from '@campusg-pay/core';
import { INSTALLATION } from '@campusg-pay/core/testing';
import type { SeedIntent } from '@campusg-pay/sandbox';

/** One payment of the laboratory, as both sides are to have it. */
export interface Seeded {
  readonly row: PaymentRowSeed;
  readonly events: readonly PaymentEvent[];
  readonly intent: SeedIntent;
}

/** Columns of `payments`, in the form in which Postgres reads them from JSON. */
export interface PaymentRowSeed {
  readonly id: string;
  readonly payment_intent_id: string | null;
  readonly order_id: string;
  readonly customer_id: string;
  readonly runner_id: string | null;
  readonly amount: string;
  readonly status: Status;
  readonly created_at: string;
  readonly updated_at: string;
  readonly currency: string;
  readonly attempt: number;
  readonly version: number;
  readonly revision: number;
  readonly stripe_customer_id: string;
  readonly payment_method_id: string;
  readonly correlation_id: string;
  readonly operation_key: string | null;
  readonly requires_action: boolean;
  readonly capture_before: string | null;
  readonly received_minor: number;
  readonly revert_method: string | null;
  readonly failure: object | null;
}

/** What became of a payment, as often as in these twenty. */
const FATES = [
  'held',
  'held',
  'held',
  'held',
  'held',
  'held',
  'captured',
  'captured',
  'captured',
  'captured',
  'captured',
  'captured',
  'captured',
  'captured',
  'captured',
  'voided',
  'refunded',
  'declined',
  'asked',
  'captured',
] as const;

export type Fate = (typeof FATES)[number];

const DAY_S = 86_400;
const HOLD_S = 7 * DAY_S;

/** Eight days of payments, the oldest first; none of them drifts. */
export function* booksOf(count: number, now: Date): Generator<Seeded & { readonly fate: Fate }> {
  const nowS = Math.floor(now.getTime() / 1000);
  const from = nowS - 8 * DAY_S + 3600;
  for (let index = 0; index < count; index += 1) {
    const createdS = from + Math.floor(((8 * DAY_S - 2 * 3600) * index) / count);
    const wanted = FATES[index % FATES.length] ?? 'captured';
    // A hold of two days ago is in good time; an older one would be about to lapse.
    const fate = wanted === 'held' && createdS < nowS - 5 * DAY_S ? 'captured' : wanted;
    yield { fate, ...seeded({ index, fate, createdS }) };
  }
}

/** A payment of that number, with what happened to it. */
export function seeded(wanted: {
  readonly index: number | string;
  readonly fate: Fate;
  readonly createdS: number;
}): Seeded {
  const { index, fate, createdS } = wanted;
  const id = `lab-${index}`;
  const amountMinor = 1000 + (Number(index) % 5000 || 0);
  const paymentIntentId = `pi_lab${index}`;
  const customer = `cus_lab${Number(index) % 1000 || 0}`;
  const captureBefore = new Date((createdS + HOLD_S) * 1000);
  const at = new Date(createdS * 1000).toISOString();
  const events = eventsOf(fate, { paymentIntentId, captureBefore, amountMinor });
  const taken = fate === 'captured' || fate === 'refunded';
  const held = fate !== 'declined' && fate !== 'asked';
  return {
    events,
    row: {
      id,
      payment_intent_id: paymentIntentId,
      order_id: `order-${index}`,
      customer_id: `user-${index}`,
      runner_id: taken ? 'runner-1' : null,
      amount: (amountMinor / 100).toFixed(2),
      status: STATUS[fate],
      currency: 'USD',
      created_at: at,
      updated_at: at,
      attempt: 1,
      version: events.length,
      revision: 3,
      stripe_customer_id: customer,
      payment_method_id: 'pm_card_visa',
      correlation_id: `lab-${index}`,
      operation_key: null,
      requires_action: fate === 'asked',
      capture_before: held ? captureBefore.toISOString() : null,
      received_minor: taken ? amountMinor : 0,
      revert_method: REVERTED[fate] ?? null,
      failure: fate === 'declined' ? DECLINED : null,
    },
    intent: {
      id: paymentIntentId,
      created: createdS,
      amount: amountMinor,
      currency: 'usd',
      customer,
      metadata: {
        payment_id: id,
        order_id: `order-${index}`,
        attempt: '1',
        installation: INSTALLATION.id,
      },
      status: INTENT[fate],
      ...(taken ? { received: amountMinor } : {}),
      ...(fate === 'refunded' ? { refunded: amountMinor } : {}),
      ...(held ? { captureBefore: createdS + HOLD_S } : {}),
      ...(fate === 'voided' ? { cancellationReason: 'requested_by_customer' } : {}),
    },
  };
}

const STATUS: Readonly<Record<Fate, Status>> = {
  held: 'AUTHORIZED',
  captured: 'RELEASED',
  voided: 'REVERTED',
  refunded: 'REVERTED',
  declined: 'FAILED',
  asked: 'INITIATING',
};

const INTENT: Readonly<Record<Fate, SeedIntent['status']>> = {
  held: 'requires_capture',
  captured: 'succeeded',
  voided: 'canceled',
  refunded: 'succeeded',
  declined: 'canceled',
  asked: 'requires_action',
};

const REVERTED: Partial<Record<Fate, string>> = { voided: 'voided', refunded: 'refunded' };

const DECLINED = { code: 'card_declined', declineCode: 'generic_decline', message: 'no' };

function eventsOf(
  fate: Fate,
  facts: {
    readonly paymentIntentId: string;
    readonly captureBefore: Date;
    readonly amountMinor: number;
  },
): readonly PaymentEvent[] {
  const { paymentIntentId, captureBefore, amountMinor: receivedMinor } = facts;
  const authorized = { type: 'authorized', paymentIntentId, captureBefore } as const;
  const released = { type: 'released', runnerId: 'runner-1', receivedMinor } as const;
  switch (fate) {
    case 'held':
      return [authorized];
    case 'captured':
      return [authorized, released];
    case 'voided':
      return [authorized, { type: 'reverted', revertMethod: 'voided', reason: null }];
    case 'refunded':
      return [authorized, released, { type: 'reverted', revertMethod: 'refunded', reason: null }];
    case 'declined':
      return [{ type: 'failed', failure: DECLINED }];
    case 'asked':
      return [{ type: 'requires_action', paymentIntentId }];
  }
}
