import type { PaymentEvent, Status } from '@campusg-pay/core';
import { INSTALLATION } from '@campusg-pay/core/testing';
import type { SeedIntent, SeedRefund, SeedTransfer } from '@campusg-pay/sandbox';
import { type Moved, movedOf, type RefundRowSeed, type TransferRowSeed } from './moved-books.js';

/** One payment of the laboratory, as both sides are to have it. */
export interface Seeded {
  readonly row: PaymentRowSeed;
  readonly events: readonly PaymentEvent[];
  readonly intent: SeedIntent;
  /** Of those whose runner was paid. */
  readonly sent: { readonly row: TransferRowSeed; readonly transfer: SeedTransfer } | null;
  /** Of those of which a part was given back. */
  readonly back: { readonly row: RefundRowSeed; readonly refund: SeedRefund } | null;
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
  readonly due_minor: number | null;
  readonly tip_minor: number;
  readonly fee_minor: number;
  readonly refunded_minor: number | null;
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
  'paid',
  'paid',
  'shared',
  'returned',
  'voided',
  'refunded',
  'declined',
  'asked',
  'captured',
] as const;

export type Fate = (typeof FATES)[number];

const DAY_S = 86_400;
const HOLD_S = 7 * DAY_S;

/** Only those whose runners were paid, as often as in these five. */
export const PAID_FATES: readonly Fate[] = ['paid', 'paid', 'paid', 'shared', 'returned'];

/** Eight days of payments, the oldest first; none of them drifts. */
export function* booksOf(
  count: number,
  now: Date,
  fates: readonly Fate[] = FATES,
): Generator<Seeded & { readonly fate: Fate }> {
  const nowS = Math.floor(now.getTime() / 1000);
  const from = nowS - 8 * DAY_S + 3600;
  for (let index = 0; index < count; index += 1) {
    const createdS = from + Math.floor(((8 * DAY_S - 2 * 3600) * index) / count);
    const wanted = fates[index % fates.length] ?? 'captured';
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
  const names = { index, id, customer, createdS };
  const moved = movedOf(fate, names, amountMinor);
  const { receivedMinor } = moved;
  const events = eventsOf(fate, { paymentIntentId, captureBefore, amountMinor: receivedMinor });
  const taken = INTENT[fate] === 'succeeded';
  const held = fate !== 'declined' && fate !== 'asked';
  return {
    events,
    sent: moved.sent,
    back: moved.back,
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
      received_minor: taken ? receivedMinor : 0,
      due_minor: moved.dueMinor,
      tip_minor: moved.tipMinor,
      fee_minor: moved.feeMinor,
      refunded_minor: moved.refundedMinor,
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
      transferGroup: id,
      ...(taken ? { received: receivedMinor } : {}),
      ...givenBackBy(fate, moved),
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
  paid: 'RELEASED',
  shared: 'RELEASED',
  returned: 'REVERTED',
  declined: 'FAILED',
  asked: 'INITIATING',
};

const INTENT: Readonly<Record<Fate, SeedIntent['status']>> = {
  held: 'requires_capture',
  captured: 'succeeded',
  voided: 'canceled',
  refunded: 'succeeded',
  paid: 'succeeded',
  shared: 'succeeded',
  returned: 'succeeded',
  declined: 'canceled',
  asked: 'requires_action',
};

const REVERTED: Partial<Record<Fate, string>> = {
  voided: 'voided',
  refunded: 'refunded',
  returned: 'refunded',
};

function givenBackBy(fate: Fate, { receivedMinor, refundedMinor }: Moved) {
  if (REVERTED[fate] === 'refunded') return { refunded: receivedMinor };
  return refundedMinor === null ? {} : { refunded: refundedMinor };
}

/** Reconciling reads the types of events, and the transfer where it is kept. */
const SENT = { type: 'transfer_sent' } as PaymentEvent;
const PART = { type: 'refunded' } as PaymentEvent;
const TAKEN_BACK = { type: 'transfer_reversed' } as PaymentEvent;

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
    case 'paid':
      return [authorized, released, SENT];
    case 'shared':
      return [authorized, released, SENT, PART, TAKEN_BACK];
    case 'returned':
      return [
        authorized,
        released,
        SENT,
        { type: 'reverted', revertMethod: 'refunded', reason: null },
        TAKEN_BACK,
      ];
    case 'declined':
      return [{ type: 'failed', failure: DECLINED }];
    case 'asked':
      return [{ type: 'requires_action', paymentIntentId }];
  }
}
