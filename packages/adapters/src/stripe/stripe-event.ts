import type { AccountNews, AccountSnapshot, Report, WebhookReport } from '@campusg-pay/core';
import {
  eventData,
  eventEnvelope,
  eventIntent,
  shownCharge,
  shownDispute,
  shownOnIntent,
  shownRefund,
  tryRead,
  withIntentId,
} from './shapes.js';
import { toDispute, toRefund, toSnapshot } from './snapshot.js';
import {
  accountOf,
  connectedAccount,
  namedTransfer,
  shownCapability,
  tellsOfTransfers,
  toAccount,
  transfer,
  transferSnapshot,
} from './transfer-shapes.js';

/** An event that is taken note of and no more. */
export interface PassedOver {
  /** Its type. */
  readonly ignored: string;
  readonly eventId: string;
  /**
   * `no_intent`: of a kind that we listen to, about no PaymentIntent, and no transfer of ours or what
   * an account can take. `unreadable`: so is this, and we can't say which PaymentIntent it is about.
   */
  readonly cause: 'unknown_kind' | 'thin' | 'no_intent' | 'unreadable';
}

/** An event: a report on a payment, news of an account, or something that is no concern of ours. */
export type ReadWebhook = WebhookReport | AccountNews | PassedOver;

/** What an event means for a payment, however it came; null for what is no event of Stripe's. */
export function readEvent(came: unknown): ReadWebhook | null {
  const envelope = tryRead(eventEnvelope, came);
  if (envelope.isErr()) return null;
  const { id, type, object: kind, account = null } = envelope.value;
  const passOver = (cause: PassedOver['cause']): PassedOver => ({
    ignored: type,
    eventId: id,
    cause,
  });
  if (kind !== 'event') return passOver('thin');
  const read = READERS.get(type);
  if (read === undefined) return passOver('unknown_kind');
  const object = tryRead(eventData, came).map(({ data }) => data.object);
  const told = object.isErr() ? 'unreadable' : read(object.value, type, account);
  return typeof told === 'string' ? passOver(told) : { event: { id, type }, ...told };
}

type Told =
  | Omit<WebhookReport, 'event'>
  | Omit<AccountNews, 'event'>
  | Exclude<PassedOver['cause'], 'unknown_kind' | 'thin'>;

type ReadObject = (object: unknown, type: string, account: string | null) => Told;

const READERS = new Map<string, ReadObject>([
  ['payment_intent.succeeded', onIntent],
  ['payment_intent.canceled', onIntent],
  ['payment_intent.payment_failed', onIntent],
  ['payment_intent.amount_capturable_updated', onIntent],
  ['payment_intent.requires_action', onIntent],
  ['charge.expired', onCharge],
  ['charge.refunded', onCharge],
  ['refund.created', onRefund],
  ['refund.failed', onRefund],
  ['refund.updated', onRefund],
  ['charge.refund.updated', onRefund],
  ['charge.dispute.created', onDispute],
  ['charge.dispute.updated', onDispute],
  ['charge.dispute.closed', onDispute],
  ['charge.dispute.funds_withdrawn', onDispute],
  ['charge.dispute.funds_reinstated', onDispute],
  ['transfer.created', onTransfer],
  ['transfer.updated', onTransfer],
  ['transfer.reversed', onTransfer],
  ['account.updated', onAccount],
  ['capability.updated', onCapability],
  ['account.application.deauthorized', onDeauthorized],
]);

/** As long as it says which PaymentIntent it is about, Stripe can be asked the rest. */
function onIntent(object: unknown, type: string): Told {
  const intent = tryRead(eventIntent, object);
  if (intent.isErr()) {
    const named = tryRead(withIntentId, object);
    return named.isOk() ? hint(named.value.id, `${type}, which could not be read`) : 'unreadable';
  }
  const report: Report = {
    type: 'intent',
    intent: toSnapshot(intent.value),
    authoritative: false,
    refused: null,
  };
  return { payment: { paymentIntentId: intent.value.id }, report };
}

function onCharge(object: unknown, type: string): Told {
  const charge = tryRead(shownCharge, object);
  if (charge.isErr()) return 'unreadable';
  const { payment_intent: paymentIntentId } = charge.value;
  return paymentIntentId === null ? 'no_intent' : hint(paymentIntentId, type);
}

function onRefund(object: unknown, type: string): Told {
  const read = tryRead(shownRefund, object);
  if (read.isErr()) return onUnreadable(object, type);
  const { payment_intent: paymentIntentId, ...refund } = read.value;
  if (paymentIntentId === null) return 'no_intent';
  const report: Report = { type: 'refund', paymentIntentId, refund: toRefund(refund) };
  return { payment: { paymentIntentId }, report };
}

function onDispute(object: unknown, type: string): Told {
  const read = tryRead(shownDispute, object);
  if (read.isErr()) return onUnreadable(object, type);
  const { payment_intent: paymentIntentId, ...dispute } = read.value;
  if (paymentIntentId === null) return 'no_intent';
  const report: Report = { type: 'dispute', paymentIntentId, dispute: toDispute(dispute) };
  return { payment: { paymentIntentId }, report };
}

/** One of ours says which payment and which of its transfers it is. */
function onTransfer(object: unknown): Told {
  const named = tryRead(namedTransfer, object);
  if (named.isErr()) return 'unreadable';
  const { payment_id: paymentId, transfer_id: transferId } = named.value.metadata;
  if (paymentId === null || transferId === null) return 'no_intent';
  const read = tryRead(transfer, object);
  if (read.isErr()) return 'unreadable';
  const outcome = { type: 'sent', transfer: transferSnapshot(read.value) } as const;
  return { payment: { paymentId }, report: { type: 'transfer', operationKey: null, outcome } };
}

function onAccount(object: unknown): Told {
  const read = tryRead(connectedAccount, object);
  if (read.isErr()) return 'unreadable';
  return tellsOfTransfers(read.value) ? { account: toAccount(read.value) } : 'no_intent';
}

/** An account has many capabilities; this one lets it take transfers. */
function onCapability(object: unknown): Told {
  const read = tryRead(shownCapability, object);
  if (read.isErr()) return 'unreadable';
  const { id, account, status, requirements } = read.value;
  if (id !== 'transfers') return 'no_intent';
  const reason = requirements?.disabled_reason ?? null;
  return { account: accountOf(account, status === 'active', reason) };
}

/** The account has left the platform. The event shows the platform only, and names the account. */
function onDeauthorized(_object: unknown, type: string, stripeAccount: string | null): Told {
  if (stripeAccount === null) return 'unreadable';
  const account: AccountSnapshot = accountOf(stripeAccount, false, type);
  return { account };
}

/** What names a PaymentIntent, and nothing else that we know. */
function onUnreadable(object: unknown, type: string): Told {
  const named = tryRead(shownOnIntent, object);
  if (named.isErr()) return 'unreadable';
  const { payment_intent: paymentIntentId } = named.value;
  return paymentIntentId === null
    ? 'no_intent'
    : hint(paymentIntentId, `${type}, which could not be read`);
}

function hint(paymentIntentId: string, because: string): Told {
  return { payment: { paymentIntentId }, report: { type: 'hint', paymentIntentId, because } };
}
