import type { ParsedUrlQuery } from 'node:querystring';
import {
  accountObject,
  customerObject,
  emptyList,
  type Intent,
  intentObject,
  metadataOf,
  nowSeconds,
  textOf,
  transferObject,
} from './stripe-objects.js';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly form: ParsedUrlQuery;
  readonly idempotencyKey?: string | string[] | undefined;
}

interface Told {
  /** What is counted: the endpoint without ids. */
  readonly call: string;
  readonly status: number;
  readonly object: object;
}

export interface StripeState {
  handle(asked: Asked): Told;
  /** The newest PaymentIntent that names the order, with its charge by id only; null: there is none. */
  ofOrder(orderId: string): object | null;
}

/** So that a soak of hours does not fill the memory. */
const MOST_KEPT = 100_000;

/** All that the double knows. */
export function stripeState(): StripeState {
  const intents = new Map<string, Intent>();
  const byOrder = new Map<string, string>();
  const customersByKey = new Map<string, string>();
  let made = 0;
  const nextId = (prefix: string) => `${prefix}_bench${String(++made).padStart(12, '0')}`;

  function create(form: ParsedUrlQuery): Intent {
    const intent: Intent = {
      id: nextId('pi'),
      chargeId: nextId('ch'),
      amount: Number(form.amount),
      currency: String(form.currency),
      customer: textOf(form.customer),
      paymentMethod: String(form.payment_method),
      description: textOf(form.description),
      transferGroup: textOf(form.transfer_group),
      metadata: metadataOf(form),
      created: nowSeconds(),
      status: 'requires_capture',
      received: 0,
      refunded: 0,
    };
    intents.set(intent.id, intent);
    const { order_id: orderId } = intent.metadata;
    if (orderId !== undefined) byOrder.set(orderId, intent.id);
    if (intents.size > MOST_KEPT) forgetOldest();
    return intent;
  }

  function forgetOldest(): void {
    for (const [id, { metadata }] of intents) {
      intents.delete(id);
      if (metadata.order_id !== undefined) byOrder.delete(metadata.order_id);
      return;
    }
  }

  /** Here repeats are usual: whoever comes first to the same user asks under the same key. */
  function customerOf({ idempotencyKey }: Asked): string {
    const key = String(idempotencyKey ?? nextId('key'));
    const id = customersByKey.get(key) ?? nextId('cus');
    customersByKey.set(key, id);
    return id;
  }

  function onIntent(asked: Asked, id: string, act: string | undefined): Told {
    const { method, form } = asked;
    const intent = intents.get(id);
    const call = `${method} /v1/payment_intents/:id${act === undefined ? '' : `/${act}`}`;
    if (intent === undefined) return { ...missing(asked), call };
    if (act === 'capture') {
      intent.status = 'succeeded';
      intent.received = form.amount_to_capture ? Number(form.amount_to_capture) : intent.amount;
    } else if (act === 'cancel') intent.status = 'canceled';
    return { call, status: 200, object: intentObject(intent, isExpanded(form)) };
  }

  function refund(form: ParsedUrlQuery): Told {
    const call = 'POST /v1/refunds';
    const intent = intents.get(String(form.payment_intent));
    if (intent === undefined)
      return { ...missing({ method: 'POST', path: '/v1/refunds', form }), call };
    const amount = form.amount ? Number(form.amount) : intent.received - intent.refunded;
    intent.refunded += amount;
    const object = {
      id: nextId('re'),
      object: 'refund',
      amount,
      currency: intent.currency,
      created: nowSeconds(),
      status: 'succeeded',
      reason: 'requested_by_customer',
      metadata: metadataOf(form),
      payment_intent: intentObject(intent, true),
    };
    return { call, status: 200, object };
  }

  function handle(asked: Asked): Told {
    const { method, path, form } = asked;
    const [, , kind = '', id, act] = path.split('/');
    const endpoint = `${method} /v1/${kind}`;
    if (kind === 'payment_intents' && id !== undefined) return onIntent(asked, id, act);
    const one = `${endpoint}/:id`;
    switch (id === undefined ? endpoint : one) {
      case 'POST /v1/payment_intents':
        return {
          call: endpoint,
          status: 200,
          object: intentObject(create(form), isExpanded(form)),
        };
      case 'POST /v1/refunds':
        return refund(form);
      case 'POST /v1/customers':
        return { call: endpoint, status: 200, object: customerObject(customerOf(asked), form) };
      case 'GET /v1/customers/:id':
        return { call: one, status: 200, object: customerObject(String(id), form) };
      case 'GET /v1/accounts/:id':
        return { call: one, status: 200, object: accountObject(String(id)) };
      case 'GET /v1/account':
        return { call: endpoint, status: 200, object: accountObject('acct_bench') };
      case 'POST /v1/transfers':
        return { call: endpoint, status: 200, object: transferObject(nextId('tr'), form) };
      default:
        if (method !== 'GET' || id !== undefined) return missing(asked);
        return { call: endpoint, status: 200, object: emptyList(path) };
    }
  }

  return {
    handle,
    ofOrder: (orderId) => {
      const intent = intents.get(byOrder.get(orderId) ?? '');
      return intent === undefined ? null : intentObject(intent, false);
    },
  };
}

function missing({ method, path }: Asked): Told {
  const message = `The double has no ${method} ${path}`;
  console.error(message);
  const error = { type: 'invalid_request_error', code: 'resource_missing', message };
  return { call: `${method} ${path}`, status: 404, object: { error } };
}

function isExpanded(form: ParsedUrlQuery): boolean {
  return form['expand[0]'] !== undefined || form['expand[]'] !== undefined;
}
