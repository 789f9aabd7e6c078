import type Stripe from 'stripe';
import type { Lookup } from '../state/lookup.js';
import type { EndpointRecord, EventRecord, Subject } from '../state/records.js';
import { ACCOUNT_ID } from './account.js';
import { APPLICATION, DEAUTHORIZED, renderAccount } from './account-shapes.js';
import { API_VERSION } from './api-version.js';
import { renderCustomer, renderMethod } from './customer-shapes.js';
import { renderDispute } from './dispute-shapes.js';
import { renderCharge, renderIntent } from './payment-shapes.js';
import { renderRefund } from './refund-shapes.js';
import {
  renderBalance,
  renderMovement,
  renderReversal,
  renderTransfer,
} from './transfer-shapes.js';

type Shown = Pick<Lookup, 'funds' | 'get' | 'now' | 'pending' | 'publicUrl'>;

/** The Stripe shape of a record, unexpanded. */
export function render(subject: Subject, lookup: Shown): object {
  switch (subject.kind) {
    case 'customer':
      return renderCustomer(subject.record);
    case 'payment_method':
      return renderMethod(subject.record);
    case 'payment_intent':
      return renderIntent(subject.record, lookup.publicUrl);
    case 'charge':
      return renderCharge(subject.record);
    case 'refund':
      return renderRefund(subject.record);
    case 'dispute':
      return renderDispute(subject.record);
    case 'account':
      return renderAccount(subject.record);
    case 'transfer':
      return renderTransfer(subject.record, lookup);
    case 'transfer_reversal':
      return renderReversal(subject.record);
    case 'balance_transaction':
      return renderMovement(subject.record, lookup.now());
    case 'webhook_endpoint':
      return renderEndpoint(subject.record);
    case 'event':
      return renderEvent(subject.record, lookup);
  }
}

/** What an event shows; two of them tell of what is no record. */
function objectOf({ type, subject }: EventRecord, lookup: Shown): object {
  if (type === DEAUTHORIZED) return APPLICATION;
  if (type === 'balance.available') return renderBalance(lookup.funds(ACCOUNT_ID));
  return render(subject, lookup);
}

function renderEvent(event: EventRecord, lookup: Shown): object {
  const { request, previous } = event;
  const object = objectOf(event, lookup);
  return {
    id: event.id,
    object: 'event',
    ...(event.account === undefined ? {} : { account: event.account }),
    api_version: API_VERSION,
    created: event.created,
    data: previous === null ? { object } : { object, previous_attributes: previous },
    livemode: false,
    pending_webhooks: lookup.pending(event.id),
    request: { id: request?.id ?? null, idempotency_key: request?.key ?? null },
    type: event.type,
  };
}

function renderEndpoint(endpoint: EndpointRecord): Stripe.WebhookEndpoint | object {
  if (endpoint.deleted) return { id: endpoint.id, object: 'webhook_endpoint', deleted: true };
  return {
    id: endpoint.id,
    object: 'webhook_endpoint',
    api_version: API_VERSION,
    application: null,
    created: endpoint.created,
    description: endpoint.description,
    enabled_events: [...endpoint.enabledEvents],
    livemode: false,
    metadata: { ...endpoint.metadata },
    status: endpoint.enabled ? 'enabled' : 'disabled',
    url: endpoint.url,
  } satisfies Stripe.WebhookEndpoint;
}
