// A store of payments of your own, as small as the contract allows: it forgets all when the process
// ends. contract.test.ts tells whether it keeps the promises that the rules rely on.
import {
  apply,
  type CustomerDirectory,
  type CustomerEntry,
  type DueQuery,
  type HistoryEntry,
  isLapsed,
  isLive,
  type Payment,
  type PaymentRepository,
  type RunnerDirectory,
  type WebhookInbox,
} from '@campusg-pay/core';
import { ok } from 'neverthrow';
import { ownRunners } from './runners.js';

const inOrder = (one: Payment, other: Payment) =>
  one.createdAt.getTime() - other.createdAt.getTime() || (one.id < other.id ? -1 : 1);

function isDue(payment: Payment, wanted: DueQuery): boolean {
  if (payment.operation !== null) return false;
  if (payment.status === 'INITIATING') return payment.updatedAt < wanted.initiatingBefore;
  if (payment.status !== 'AUTHORIZED' || payment.captureBefore === null) return false;
  const { captureBefore, expiring } = payment;
  const toTell = captureBefore <= wanted.tellBefore && !expiring;
  const toAct = wanted.actBefore !== null && captureBefore <= wanted.actBefore;
  return isLapsed(payment, wanted.now) || toTell || toAct;
}

/** When the transfer of a payment is to be tried again. */
function dueAt(payment: Payment): number {
  if (payment.status !== 'RELEASED' || payment.transfer === null) return Infinity;
  const { status, nextTryAt } = payment.transfer;
  const isTried = ['owed', 'waiting_account', 'waiting_funds', 'needs_review'].includes(status);
  return isTried && nextTryAt !== null ? nextTryAt.getTime() : Infinity;
}

/** Each method is done before anybody else gets a turn: that is its transaction. */
export function ownStore(): {
  readonly repository: PaymentRepository;
  readonly customers: CustomerDirectory;
  readonly runners: RunnerDirectory;
  readonly inbox: WebhookInbox;
} {
  const payments = new Map<string, Payment>();
  const histories = new Map<string, HistoryEntry[]>();
  const webhooks = new Set<string>();
  const customers = new Map<string, CustomerEntry>();
  const all = () => [...payments.values()];
  const { directory: runners, write: writeMoney } = ownRunners(payments);

  const isStale = (id: string, revision: number | undefined, key: string | null) => {
    const current = payments.get(id);
    return current?.revision !== revision || (current?.operation?.key ?? null) !== key;
  };

  const repository: PaymentRepository = {
    claim: async (wanted) => {
      const ofOrder = all().filter(({ orderId }) => orderId === wanted.orderId);
      const live = ofOrder.find(isLive);
      if (live !== undefined) return ok({ type: 'live', payment: live });
      if (payments.has(wanted.id)) return ok({ type: 'id_taken' });
      const known = customers.get(wanted.customerId)?.stripeCustomerId ?? null;
      const stripeCustomerId = wanted.stripeCustomerId ?? known;
      const payment = { ...wanted, stripeCustomerId, attempt: ofOrder.length + 1 };
      payments.set(payment.id, payment);
      return ok({ type: 'claimed', payment });
    },
    save: async (change, webhook) => {
      const { payment, events, expectedRevision, expectedOperationKey } = change;
      if (isStale(payment.id, expectedRevision, expectedOperationKey)) return ok('stale');
      if (!writeMoney(change)) return ok('stale');
      const told = events.map(({ version, event, correlationId }) => {
        return { version, event, correlationId, at: payment.updatedAt };
      });
      histories.set(payment.id, [...(histories.get(payment.id) ?? []), ...told]);
      if (webhook !== undefined) webhooks.add(webhook.id);
      payments.set(payment.id, payment);
      return ok('saved');
    },
    withdraw: async ({ id, revision, operation }) => {
      const hasHappened = (payments.get(id)?.version ?? 0) > 0;
      if (hasHappened || isStale(id, revision, operation?.key ?? null)) return ok('stale');
      payments.delete(id);
      return ok('withdrawn');
    },
    find: async (ref) => {
      const isMeant = (one: Payment) => {
        if ('paymentId' in ref) return one.id === ref.paymentId;
        if ('orderId' in ref) return one.orderId === ref.orderId;
        return one.paymentIntentId === ref.paymentIntentId;
      };
      return ok(all().findLast(isMeant) ?? null);
    },
    takeOwing: async ({ now, leaseUntil, limit }) => {
      const endOf = ({ operation }: Payment) => operation?.leaseUntil.getTime() ?? Infinity;
      const owing = all().filter((payment) => endOf(payment) <= now.getTime());
      const first = owing.sort((one, other) => endOf(one) - endOf(other)).slice(0, limit);
      const taken = first.map((payment) => {
        const attempts = (payment.operation?.attempts ?? 0) + 1;
        return apply(payment, [{ type: 'operation_leased', leaseUntil, attempts }], now).payment;
      });
      for (const payment of taken) payments.set(payment.id, payment);
      return ok(taken);
    },
    due: async (wanted) => {
      const due = all().filter((one) => isDue(one, wanted) && one.id > (wanted.after ?? ''));
      return ok(due.sort((one, other) => (one.id < other.id ? -1 : 1)).slice(0, wanted.limit));
    },
    findAll: async ({ paymentIds, paymentIntentIds }) => {
      const isMeant = ({ id, paymentIntentId }: Payment) =>
        paymentIds.includes(id) || paymentIntentIds.includes(paymentIntentId ?? '');
      return ok(all().filter(isMeant));
    },
    createdWithin: async ({ from, to, after, limit }) => {
      const found = all()
        .filter(({ paymentIntentId }) => paymentIntentId !== null)
        .filter(({ createdAt }) => createdAt >= from && createdAt < to)
        .filter((one) => after === null || (one.id !== after.id && inOrder(one, after) > 0));
      return ok(found.sort(inOrder).slice(0, limit));
    },
    latest: async (limit) => {
      const found = all().filter(({ paymentIntentId }) => paymentIntentId !== null);
      return ok(found.sort((one, other) => inOrder(other, one)).slice(0, limit));
    },
    dueTransfers: async ({ now, limit }) => {
      const due = all().filter((one) => one.operation === null && dueAt(one) <= now.getTime());
      return ok(due.sort((one, other) => dueAt(one) - dueAt(other)).slice(0, limit));
    },
    history: async (paymentId) => ok([...(histories.get(paymentId) ?? [])]),
  };

  const directory: CustomerDirectory = {
    reserve: async ({ customerId, key, now }) => {
      const made = { customerId, key, requestedAt: now, stripeCustomerId: null };
      const record = customers.get(customerId) ?? made;
      customers.set(customerId, record);
      return ok(record);
    },
    lookUp: async (customerId) => ok(customers.get(customerId)?.stripeCustomerId ?? null),
    renew: async ({ record, key, now }) => {
      const current = customers.get(record.customerId);
      const same =
        current?.key === record.key && current.stripeCustomerId === record.stripeCustomerId;
      const fresh = { ...record, key, requestedAt: now, stripeCustomerId: null };
      if (same) customers.set(record.customerId, fresh);
      return ok(undefined);
    },
    remember: async ({ customerId, stripeCustomerId }) => {
      const record = customers.get(customerId);
      if (record === undefined) throw new Error('bug: remembered before it was reserved');
      const kept = record.stripeCustomerId ?? stripeCustomerId;
      customers.set(customerId, { ...record, stripeCustomerId: kept });
      return ok(kept);
    },
  };

  const inbox: WebhookInbox = {
    seen: async (eventId) => ok(webhooks.has(eventId)),
    note: async ({ id }) => {
      webhooks.add(id);
      return ok(undefined);
    },
  };

  return { repository, customers: directory, runners, inbox };
}
