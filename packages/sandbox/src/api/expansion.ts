import { renderSource } from '../model/customer-shapes.js';
import { type Failure, invalid, notImplemented } from '../model/failure.js';
import { render } from '../model/shapes.js';
import type { Lookup } from '../state/lookup.js';
import type { Kind, Subject } from '../state/records.js';

/** What a field leads to; a list of refunds, a card of the older API and what moved money lead no further. */
type Target = Kind | 'refunds' | 'source' | 'moved';

/** Which fields hold ids that can be expanded, and of what. */
const LINKS: Readonly<Record<Kind, Readonly<Record<string, Target>>>> = {
  customer: {
    default_source: 'source',
    'invoice_settings.default_payment_method': 'payment_method',
  },
  payment_method: { customer: 'customer' },
  payment_intent: {
    customer: 'customer',
    latest_charge: 'charge',
    payment_method: 'payment_method',
  },
  charge: {
    balance_transaction: 'balance_transaction',
    customer: 'customer',
    payment_intent: 'payment_intent',
    refunds: 'refunds',
  },
  refund: {
    balance_transaction: 'balance_transaction',
    charge: 'charge',
    failure_balance_transaction: 'balance_transaction',
    payment_intent: 'payment_intent',
  },
  dispute: { charge: 'charge', payment_intent: 'payment_intent' },
  account: {},
  transfer: {
    balance_transaction: 'balance_transaction',
    destination: 'account',
    source_transaction: 'charge',
  },
  transfer_reversal: { balance_transaction: 'balance_transaction', transfer: 'transfer' },
  balance_transaction: { source: 'moved' },
  webhook_endpoint: {},
  event: {},
};

/** What else can be expanded at Stripe. */
const NOT_BUILT: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  customer: ['cash_balance', 'sources', 'subscriptions', 'tax', 'tax_ids', 'test_clock'],
  payment_intent: ['application', 'on_behalf_of', 'review', 'transfer_data'],
  charge: [
    'application',
    'application_fee',
    'failure_balance_transaction',
    'on_behalf_of',
    'review',
    'source_transfer',
    'transfer',
    'transfer_data',
  ],
  refund: ['source_transfer_reversal', 'transfer_reversal'],
  transfer: ['destination_payment'],
  transfer_reversal: ['destination_payment_refund', 'source_refund'],
  dispute: ['balance_transactions'],
};

/** How many refunds a charge shows at most. */
const LISTED = 10;

type Json = Record<string, unknown>;

/** Finds the link that a path begins with; a link's name may have two parts. */
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
    let at = kind as Target | undefined;
    for (let rest: readonly string[] = parts; rest.length > 0; ) {
      const link: ReturnType<typeof linkAt> =
        at === undefined || leadsNoFurther(at) ? undefined : linkAt(at, rest);
      if (link === undefined) {
        const names = at === undefined || leadsNoFurther(at) ? [] : NOT_BUILT[at];
        if (names?.includes(rest[0] ?? '')) {
          return notImplemented(`the expansion of ${path}`, 'expand');
        }
        const message = `This property cannot be expanded (${path}).`;
        return invalid(message, { param: 'expand' });
      }
      at = link.target;
      rest = link.rest;
    }
  }
  return undefined;
}

function leadsNoFurther(target: Target): target is Exclude<Target, Kind> {
  return target === 'refunds' || target === 'source' || target === 'moved';
}

/** What can move the platform's money, by how its ids begin. */
const MOVERS: Readonly<Record<string, Kind>> = {
  ch: 'charge',
  du: 'dispute',
  re: 'refund',
  tr: 'transfer',
  trr: 'transfer_reversal',
};

function movedBy(id: string, lookup: Lookup): Subject | undefined {
  const kind = MOVERS[id.slice(0, id.indexOf('_'))];
  const record = kind === undefined ? undefined : lookup.get(kind, id);
  return record === undefined ? undefined : ({ kind, record } as Subject);
}

function expandPath(object: Json, path: readonly string[], lookup: Lookup): void {
  const link = linkAt(object.object as Kind, path);
  if (link === undefined) return;
  const [first = '', second] = link.names;
  const holder = second === undefined ? object : (object[first] as Json | undefined);
  const name = second ?? first;
  // Of a deleted customer nothing is left to expand.
  if (holder === undefined) return;
  if (link.target === 'refunds') {
    const id = String(object.id);
    const refunds = lookup.refundsOf(id);
    const data = refunds
      .slice(0, LISTED)
      .map((record) => render({ kind: 'refund', record }, lookup));
    const hasMore = refunds.length > LISTED;
    holder[name] = { object: 'list', data, has_more: hasMore, url: `/v1/charges/${id}/refunds` };
    return;
  }
  const value = holder[name];
  if (link.target === 'source') {
    const card = typeof value === 'string' ? lookup.get('payment_method', value) : undefined;
    if (card !== undefined) holder[name] = renderSource(card);
    return;
  }
  if (link.target === 'moved') {
    const subject = typeof value === 'string' ? movedBy(value, lookup) : undefined;
    if (subject !== undefined) holder[name] = render(subject, lookup);
    return;
  }
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
