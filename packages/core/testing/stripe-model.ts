import {
  isClosed,
  type Payment,
  type PaymentRef,
  type Report,
  type WebhookReport,
} from '@campusg-pay/core';
import { eventsOf } from './intent-events.js';
import type { ModelIntent, Moment } from './intents.js';
import * as intents from './intents.js';

/** A customer at the model gateway. */
export interface ModelCustomer {
  readonly stripeCustomerId: string;
  /** The platform user it was made for; null for one that was there before. */
  readonly customerId: string | null;
  /** The installation that its metadata names. */
  readonly installation: string | null;
  readonly createdAt: Date;
  readonly defaultCard: string | null;
}

/** What becomes of an intent, or Stripe's error code when that is refused. */
export type Move = (intent: ModelIntent, moment: Moment) => ModelIntent | string;

const DAY_MS = 24 * 60 * 60 * 1000;

/** How long Stripe remembers the first answer under a key. */
export const KEY_KEPT_MS = DAY_MS;

/** What an intent is made of: for whom, on which card, and for which installation. */
export interface NewIntent {
  readonly payment: Pick<Payment, 'id' | 'orderId' | 'amount'>;
  readonly stripeCustomerId: string;
  readonly card: string;
  readonly installation: string | null;
}

/** What a Stripe account holds: PaymentIntents, customers, idempotency keys, events. */
export interface StripeModel {
  readonly byId: ReadonlyMap<string, ModelIntent>;
  readonly customers: ReadonlyMap<string, ModelCustomer>;
  readonly webhooks: readonly WebhookReport[];
  /** When each of them happened. */
  readonly toldAt: readonly Date[];
  /** When each refund was made, and when one came back, by `refundId` and `refundId:returned`. */
  readonly refundedAt: ReadonlyMap<string, Date>;
  readonly now: () => Date;
  /** Sends a webhook. */
  tell(payment: PaymentRef, type: string, report: Report): void;
  /** Intents that are there, but are not found. */
  readonly misplaced: Set<string>;
  /** Lets go of every hold whose time is over. */
  lapse(): void;
  /** Makes and confirms an intent for a payment. */
  create(wanted: NewIntent): ModelIntent;
  /** The intent after a move, or Stripe's error code when it is refused. */
  change(paymentIntentId: string, move: Move): ModelIntent | string;
  get(paymentIntentId: string): ModelIntent;
  addCustomer(customer?: Partial<Omit<ModelCustomer, 'stripeCustomerId' | 'createdAt'>>): string;
  deleteCustomer(stripeCustomerId: string): void;
  /** What a bank says of one refund, else of the newest, also to one that looked done. */
  endRefund(
    paymentIntentId: string,
    end: 'succeeded' | 'failed' | 'canceled',
    refundId?: string,
  ): void;
  /** From now on refunds of it wait for the bank, or no longer. */
  delayRefunds(paymentIntentId: string, wait?: boolean): void;
  /** A bank disputes it, or something about that changes. */
  dispute(paymentIntentId: string, status: string): void;
  /** The first answer under a key is the answer, for a day; then the key is forgotten. */
  once<Answer>(key: string, asked: string, work: () => Answer): Answer;
}

export function stripeModel(now: () => Date, holdMs = 7 * DAY_MS): StripeModel {
  const byId = new Map<string, ModelIntent>();
  const customers = new Map<string, ModelCustomer>();
  const webhooks: WebhookReport[] = [];
  const toldAt: Date[] = [];
  const refundedAt = new Map<string, Date>();
  let customersMade = 0;

  const get = (paymentIntentId: string): ModelIntent => {
    const intent = byId.get(paymentIntentId);
    if (intent === undefined) throw new Error(`no PaymentIntent ${paymentIntentId}`);
    return intent;
  };
  const tell: StripeModel['tell'] = (payment, type, report) => {
    const id = `evt_${webhooks.length + 1}`;
    webhooks.push({ event: { id, type }, payment, report });
    toldAt.push(now());
  };
  const put = (intent: ModelIntent): ModelIntent => {
    const before = byId.get(intent.paymentIntentId);
    byId.set(intent.paymentIntentId, intent);
    const { paymentIntentId } = intent;
    for (const { refundId, status } of intent.latestRefunds) {
      const isBack = status === 'failed' || status === 'canceled';
      for (const name of isBack ? [refundId, `${refundId}:returned`] : [refundId])
        if (!refundedAt.has(name)) refundedAt.set(name, now());
    }
    for (const { type, report } of eventsOf(before, intent))
      tell({ paymentIntentId }, type, report);
    return intent;
  };
  const change = (paymentIntentId: string, move: Move) => {
    const moved = move(get(paymentIntentId), { now: now(), holdMs });
    return typeof moved === 'string' ? moved : put(moved);
  };

  return {
    byId,
    customers,
    webhooks,
    toldAt,
    refundedAt,
    now,
    tell,
    get,
    change,
    misplaced: new Set(),
    lapse: () => {
      const over = [...byId.values()].filter((intent) => intents.isOver(intent, now()));
      for (const { paymentIntentId } of over) change(paymentIntentId, intents.expire);
    },
    create: (wanted) => {
      const made = newIntent(`pi_${byId.size + 1}`, wanted, now());
      const confirmed = intents.confirm(made, wanted.card, { now: now(), holdMs });
      if (typeof confirmed === 'string') throw new Error(`bug: a new intent is ${confirmed}`);
      return put(confirmed);
    },
    addCustomer: ({ customerId = null, defaultCard = null, installation = null } = {}) => {
      customersMade += 1;
      const stripeCustomerId = `cus_${customersMade}`;
      customers.set(stripeCustomerId, {
        stripeCustomerId,
        customerId,
        installation,
        defaultCard,
        createdAt: now(),
      });
      return stripeCustomerId;
    },
    deleteCustomer: (stripeCustomerId) => customers.delete(stripeCustomerId),
    ...banks(byId, tell),
    once: rememberAnswers(now),
  };
}

/** What banks do about money that was taken. */
function banks(
  byId: Map<string, ModelIntent>,
  tell: StripeModel['tell'],
): Pick<StripeModel, 'endRefund' | 'delayRefunds' | 'dispute'> {
  const change = (id: string, move: (intent: ModelIntent) => ModelIntent | string) => {
    const intent = byId.get(id);
    const moved = intent === undefined ? 'missing' : move(intent);
    if (typeof moved === 'string') throw new Error(`${id}: ${moved}`);
    byId.set(id, moved);
    return moved;
  };
  return {
    endRefund: (paymentIntentId, end, refundId) => {
      const before = byId.get(paymentIntentId)?.latestRefunds ?? [];
      const intent = change(paymentIntentId, (now) => intents.endRefund(now, end, refundId));
      const refund = intent.latestRefunds.find((one) => !before.includes(one));
      if (refund === undefined) throw new Error('bug: it had one');
      const types = end === 'failed' ? ['refund.updated', 'refund.failed'] : ['refund.updated'];
      const report = { type: 'refund', paymentIntentId, refund } as const;
      for (const type of types) tell({ paymentIntentId }, type, report);
    },
    delayRefunds: (id, wait = true) => change(id, (now) => ({ ...now, refundsStayPending: wait })),
    dispute: (paymentIntentId, status) => {
      const intent = change(paymentIntentId, (now) => intents.disputeIt(now, status));
      const { dispute } = intent;
      if (dispute === null) throw new Error('bug: it has one');
      const type = isClosed(dispute) ? 'charge.dispute.closed' : 'charge.dispute.created';
      tell({ paymentIntentId }, type, { type: 'dispute', paymentIntentId, dispute });
    },
  };
}

function rememberAnswers(now: () => Date): StripeModel['once'] {
  const answers = new Map<string, { asked: string; at: number; answer: unknown }>();
  return <Answer>(key: string, asked: string, work: () => Answer): Answer => {
    const at = now().getTime();
    const known = answers.get(key);
    if (known !== undefined && at - known.at < KEY_KEPT_MS) {
      if (known.asked !== asked) throw new Error(`bug: key ${key} reused for another request`);
      return known.answer as Answer;
    }
    const answer = work();
    answers.set(key, { asked, at, answer });
    return answer;
  };
}

function newIntent(
  paymentIntentId: string,
  { payment, stripeCustomerId, installation }: NewIntent,
  createdAt: Date,
): ModelIntent {
  const { id: paymentId, orderId, amount } = payment;
  return {
    paymentIntentId,
    paymentId,
    orderId,
    installation,
    stripeCustomerId,
    createdAt,
    ...amount,
    clientSecret: `${paymentIntentId}_secret`,
    status: 'requires_payment_method',
    receivedMinor: 0,
    refundedMinor: 0,
    latestRefunds: [],
    dispute: null,
    refundsStayPending: false,
    captureBefore: null,
    failure: null,
    cancellationReason: null,
    holds: 0,
    captures: 0,
    voids: 0,
    refunds: 0,
  };
}
