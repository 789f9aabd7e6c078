import type { Announcement, Clawback, Payment } from '@campusg-pay/core';
import type { MemoryCommands } from '../commands.js';
import type { ModelIntent } from '../intents.js';
import { brokenInvariants } from '../invariants.js';
import type { Evidence } from '../judged.js';
import type { MemoryStore } from '../memory.js';
import type { MemoryGateway } from '../memory-gateway.js';
import { moneyEvidence } from '../money-evidence.js';
import { answerJudge, type Given } from './answers.js';
import { leaseJudge } from './leases.js';
import type { Line } from './line.js';
import { LEASE_MS } from './replica.js';
import type { Robbed } from './robbed.js';
import type { Topic } from './topic.js';

/** Looks at the records, at Stripe's books and at the event log, and tells what must not be. */
export interface Judge {
  /** Answers and leases, after each single exchange. */
  exchanged(): readonly string[];
  /** What concerns the orders that something happened to since it looked last. */
  touched(): readonly string[];
  /** Everything; `quiet` once nothing should be owed any more. */
  all(quiet: boolean): readonly string[];
}

interface Judged {
  readonly store: MemoryStore;
  readonly gateway: MemoryGateway;
  readonly topic: Topic;
  readonly line: Pick<Line, 'now'>;
  readonly given: Given;
  readonly robbed: Pick<Robbed, 'has'>;
  readonly kept: MemoryCommands;
  readonly clawback: Clawback;
  /** On whose behalf the last exchange with the database was. */
  readonly lastWriter: () => string;
}

export function judgeOf(judged: Judged): Judge {
  const { store, gateway, topic, line, given, robbed, kept, clawback, lastWriter } = judged;
  const answers = answerJudge(store, given, kept);
  const leases = leaseJudge(LEASE_MS, robbed.has);
  const payments = changes<Payment>(({ id }) => id);
  const intents = changes<ModelIntent>(({ paymentIntentId }) => paymentIntentId);
  const announced = new Map<string, Announcement[]>();
  let filed = 0;
  const file = () => {
    for (const one of store.outbox.slice(filed)) {
      const ofOrder = announced.get(one.orderId) ?? [];
      announced.set(one.orderId, ofOrder);
      ofOrder.push(one);
    }
    filed = store.outbox.length;
  };

  /** The evidence about some orders, or about all. */
  const evidence = (orders: ReadonlySet<string> | null): Evidence => {
    const concerns = ({ orderId }: { orderId: string }) => orders === null || orders.has(orderId);
    const some = (orders: ReadonlySet<string>) =>
      [...orders].flatMap((id) => announced.get(id) ?? []);
    return {
      payments: store.payments().filter(concerns),
      histories: store.histories,
      announcements: orders === null ? store.outbox : some(orders),
      intents: gateway.intents().filter(concerns),
      customerIds: gateway.customers().flatMap(({ customerId }) => customerId ?? []),
      money: moneyEvidence({ store, gateway, clawback }),
    };
  };
  const judge = (seen: Evidence, quiet: boolean) => [
    ...brokenInvariants(seen, { quiet }),
    ...seen.payments.flatMap((payment) => journalOf(store, payment)),
    ...ownerless(seen, store),
    ...topic.disorder.map((what) => `${IN_ORDER}: ${what}`),
    ...(quiet ? [...unpublished(seen, topic), ...answers.untold()] : []),
  ];
  return {
    exchanged: () => [
      ...answers.fresh(),
      ...leases.look(store.payments(), line.now(), lastWriter()),
    ],
    touched: () => {
      file();
      const orders = new Set<string>();
      payments.since(store.payments(), orders);
      intents.since(gateway.intents(), orders);
      return orders.size === 0 && topic.disorder.length === 0 ? [] : judge(evidence(orders), false);
    },
    all: (quiet) => {
      file();
      return judge(evidence(null), quiet);
    },
  };
}

const IN_ORDER = 'what is published first comes in the order of its versions';

/** What is new or other than it was: records are never changed in place. */
function changes<Item extends { readonly orderId: string }>(idOf: (item: Item) => string) {
  let before = new Map<string, Item>();
  return {
    since: (items: readonly Item[], orders: Set<string>): void => {
      let same = items.length === before.size;
      for (const item of items) {
        if (before.get(idOf(item)) === item) continue;
        orders.add(item.orderId);
        same = false;
      }
      if (same) return;
      const now = new Map(items.map((item) => [idOf(item), item]));
      for (const [id, { orderId }] of before) if (!now.has(id)) orders.add(orderId);
      before = now;
    },
  };
}

/** The journal's open call is the payment's: never a second one, never a forgotten one. */
function journalOf(store: MemoryStore, { id, operation }: Payment): readonly string[] {
  const open = store.journal(id).filter(({ outcome }) => outcome === null);
  const keys = open.map((entry) => entry.operation.key).join();
  return keys === (operation?.key ?? '')
    ? []
    : [`the open call of a payment is the one in its journal: ${id} ${operation?.key} and ${keys}`];
}

/** Stripe is asked for nothing that was not written down before, and no such writing is lost. */
function ownerless({ intents }: Evidence, store: MemoryStore): readonly string[] {
  const ids = new Set(store.payments().map(({ id }) => id));
  return intents
    .filter(({ paymentId }) => !ids.has(paymentId))
    .map((it) => `a PaymentIntent belongs to a payment: ${it.paymentIntentId} of ${it.paymentId}`);
}

function unpublished({ payments }: Evidence, topic: Topic): readonly string[] {
  return payments
    .filter(({ id, version }) => topic.seen(id) < version)
    .map(
      ({ id, version }) => `every event is published: ${id} has ${version}, ${topic.seen(id)} are`,
    );
}
