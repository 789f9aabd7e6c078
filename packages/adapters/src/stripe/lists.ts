import type { ListedIntent, Page, PaymentGateway, WebhookReport } from '@campusg-pay/core';
import type Stripe from 'stripe';
import { WEBHOOK_EVENTS } from '../contract/webhook-events.js';
import { WITH_REFUNDS } from './calls.js';
import { type Ask, asFault } from './exchange.js';
import { type ListPage, nextOf, readPage, startingAfter } from './pages.js';
import { listedIntent, tryRead } from './shapes.js';
import { toSnapshot } from './snapshot.js';
import { readEvent } from './stripe-event.js';

type ListCalls = Pick<PaymentGateway, 'listIntents' | 'missedEvents'>;

/** As many as Stripe gives at once. */
const LIMIT = 100;

/** Reading what there is, a page a call. An item that can't be read is counted, and holds up nothing. */
export function listCalls(stripe: Stripe, ask: Ask): ListCalls {
  return {
    listIntents: async ({ from, to, after }) => {
      const page = await ask('list intents', async () => {
        const list = await stripe.paymentIntents.list({
          created: secondsOf({ from, to }),
          limit: LIMIT,
          expand: [`data.${WITH_REFUNDS}`],
          ...startingAfter(after),
        });
        return pageOf(readPage(list), after, toListed);
      });
      return page.mapErr(asFault);
    },
    missedEvents: async ({ since, after }) => {
      const page = await ask('list missed events', async () => {
        const list = await stripe.events.list({
          delivery_success: false,
          types: [...WEBHOOK_EVENTS],
          created: { gte: seconds(since) },
          limit: LIMIT,
          ...startingAfter(after),
        });
        return pageOf(readPage(list), after, toMissed);
      });
      return page.mapErr(asFault);
    },
  };
}

/** Null for what can't be read, and nothing for what is of no concern. */
type ReadItem<Item> = (item: unknown) => Item | 'passed over' | null;

/** A page of what could be read of it. */
export function pageOf<Item>(
  list: ListPage,
  after: string | null,
  toItem: ReadItem<Item>,
): Page<Item> {
  const items: Item[] = [];
  let unreadable = 0;
  for (const one of list.data) {
    const item = toItem(one);
    if (item === null) unreadable += 1;
    else if (item !== 'passed over') items.push(item);
  }
  return { items, unreadable, next: nextOf(list, after) };
}

function toListed(item: unknown): ListedIntent | null {
  const intent = tryRead(listedIntent, item);
  if (intent.isErr()) return null;
  const { created, capture_method: captureMethod } = intent.value;
  return {
    intent: toSnapshot(intent.value),
    createdAt: created,
    manual: captureMethod === 'manual',
  };
}

function toMissed(item: unknown): WebhookReport | 'passed over' | null {
  const event = readEvent(item);
  if (event === null) return null;
  if ('report' in event) return event;
  // What an account can take is asked when it matters.
  if ('account' in event) return 'passed over';
  return event.cause === 'unreadable' ? null : 'passed over';
}

/** The seconds of a period, as lists take them. */
export function secondsOf({ from, to }: { readonly from: Date; readonly to: Date }) {
  return { gte: seconds(from), lt: secondsUp(to) };
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

/** Stripe tells the second only: what was made before an end within it can't be told apart. */
function secondsUp(time: Date): number {
  return Math.ceil(time.getTime() / 1000);
}
