import type { Kind, Records, Subject } from '../model/records.js';
import {
  API_VERSION,
  renderCustomer,
  renderEndpoint,
  renderMethod,
  renderRefund,
} from '../model/render.js';
import { renderCharge, renderIntent } from '../model/render-payment.js';
import type { Store } from '../state/store.js';
import type { Failure } from './failure.js';
import { invalid } from './failure.js';

/** What a route answers with status 200. */
export type Answer =
  | { readonly type: 'object'; readonly subject: Subject; readonly extra?: object }
  | {
      readonly type: 'list';
      readonly url: string;
      readonly data: readonly Subject[];
      readonly hasMore: boolean;
    }
  | { readonly type: 'raw'; readonly body: object };

export interface Lookup {
  get<K extends Kind>(kind: K, id: string): Records[K] | undefined;
  refundsOf(charge: string): readonly Records['refund'][];
  /** How many endpoints have not confirmed an event. */
  pending(event: string): number;
  readonly publicUrl: string;
}

/** Which fields hold ids that can be expanded, and of what. */
const LINKS: Readonly<Record<Kind, Readonly<Record<string, Kind | 'refunds'>>>> = {
  customer: { 'invoice_settings.default_payment_method': 'payment_method' },
  payment_method: { customer: 'customer' },
  payment_intent: {
    customer: 'customer',
    latest_charge: 'charge',
    payment_method: 'payment_method',
  },
  charge: { customer: 'customer', payment_intent: 'payment_intent', refunds: 'refunds' },
  refund: { charge: 'charge', payment_intent: 'payment_intent' },
  webhook_endpoint: {},
  event: {},
};

type Json = Record<string, unknown>;

/** The Stripe shape of a record, unexpanded. */
export function render(subject: Subject, lookup: Pick<Lookup, 'pending' | 'publicUrl'>): object {
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
    case 'webhook_endpoint':
      return renderEndpoint(subject.record);
    case 'event': {
      const event = subject.record;
      const { request, previous } = event;
      const object = render(event.subject, lookup);
      return {
        id: event.id,
        object: 'event',
        api_version: API_VERSION,
        created: event.created,
        data: previous === null ? { object } : { object, previous_attributes: previous },
        livemode: false,
        pending_webhooks: lookup.pending(event.id),
        request: { id: request?.id ?? null, idempotency_key: request?.key ?? null },
        type: event.type,
      };
    }
  }
}

/** Finds the link that the head of a path names; a link's name may have two parts. */
function linkAt(kind: Kind, path: readonly string[]) {
  for (const length of [1, 2]) {
    const name = path.slice(0, length).join('.');
    const target = LINKS[kind][name];
    if (target !== undefined)
      return { target, names: path.slice(0, length), rest: path.slice(length) };
  }
  return undefined;
}

/** Checks `expand` before anything is executed: a typo must not hold money and then answer 400. */
export function checkExpand(kind: Kind, paths: readonly string[]): Failure | undefined {
  for (const path of paths) {
    const parts = path.split('.');
    if (parts.length > 4) {
      return invalid(`You cannot expand more than 4 levels of a property (${path}).`, {
        param: 'expand',
      });
    }
    let at = kind as Kind | 'refunds' | undefined;
    for (let rest: readonly string[] = parts; rest.length > 0; ) {
      const link: ReturnType<typeof linkAt> =
        at === undefined || at === 'refunds' ? undefined : linkAt(at, rest);
      if (link === undefined) {
        const message = `This property cannot be expanded (${path}).`;
        return invalid(message, { param: 'expand' });
      }
      at = link.target;
      rest = link.rest;
    }
  }
  return undefined;
}

function expandPath(object: Json, path: readonly string[], lookup: Lookup): void {
  const link = linkAt(object.object as Kind, path);
  if (link === undefined) return;
  const [first = '', second] = link.names;
  const holder = second === undefined ? object : (object[first] as Json);
  const name = second ?? first;
  if (link.target === 'refunds') {
    const id = String(object.id);
    const data = lookup.refundsOf(id).map((record) => render({ kind: 'refund', record }, lookup));
    holder[name] = { object: 'list', data, has_more: false, url: `/v1/charges/${id}/refunds` };
    return;
  }
  const value = holder[name];
  if (typeof value === 'string') {
    const record = lookup.get(link.target, value);
    if (record === undefined) return;
    holder[name] = render({ kind: link.target, record } as Subject, lookup);
  }
  const next = holder[name];
  if (link.rest.length > 0 && typeof next === 'object' && next !== null) {
    expandPath(next as Json, link.rest, lookup);
  }
}

/** The Stripe shape of a record with these paths expanded. */
export function renderExpanded(
  subject: Subject,
  expand: readonly string[],
  lookup: Lookup,
): object {
  const object = render(subject, lookup);
  for (const path of expand) expandPath(object as Json, path.split('.'), lookup);
  return object;
}

/** Looks into the present. */
export function lookupIn(store: Store, publicUrl: string): Lookup {
  return {
    get: (kind, id) => store.get(kind, id),
    refundsOf: (charge) => store.tables.refund.withKey('charge', charge).reverse(),
    pending: (event) => store.due.get(event)?.size ?? 0,
    publicUrl,
  };
}
