import type { PaymentGateway } from '@campusg-pay/core';
import type Stripe from 'stripe';
import { WEBHOOK_EVENTS } from '../contract/webhook-events.js';
import { type Ask, asFault } from './exchange.js';
import { toSnapshot } from './snapshot.js';
import { toReport } from './webhook.js';

type ListCalls = Pick<PaymentGateway, 'listIntents' | 'missedEvents'>;

/** As many as Stripe gives at once. */
const LIMIT = 100;

/** Reading what there is, a page a call. */
export function listCalls(stripe: Stripe, ask: Ask): ListCalls {
  return {
    listIntents: async ({ from, to, after }) => {
      const page = await ask('list intents', () =>
        stripe.paymentIntents.list({
          created: { gte: seconds(from), lt: secondsUp(to) },
          limit: LIMIT,
          expand: ['data.latest_charge'],
          ...startingAfter(after),
        }),
      );
      return page
        .map((list) => ({
          items: list.data.map((intent) => ({
            intent: toSnapshot(intent),
            createdAt: new Date(intent.created * 1000),
            manual: intent.capture_method === 'manual',
          })),
          next: nextOf(list),
        }))
        .mapErr(asFault);
    },
    missedEvents: async ({ since, after }) => {
      const page = await ask('list missed events', () =>
        stripe.events.list({
          delivery_success: false,
          types: [...WEBHOOK_EVENTS],
          created: { gte: seconds(since) },
          limit: LIMIT,
          ...startingAfter(after),
        }),
      );
      return page
        .map((list) => ({
          items: list.data.flatMap((event) => {
            const read = toReport(event);
            return 'ignored' in read ? [] : [read];
          }),
          next: nextOf(list),
        }))
        .mapErr(asFault);
    },
  };
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

/** Stripe tells the second only: what was made before an end within it can't be told apart. */
function secondsUp(time: Date): number {
  return Math.ceil(time.getTime() / 1000);
}

function startingAfter(id: string | null): { starting_after?: string } {
  return id === null ? {} : { starting_after: id };
}

function nextOf(list: Stripe.ApiList<{ readonly id: string }>): string | null {
  return list.has_more ? (list.data.at(-1)?.id ?? null) : null;
}
