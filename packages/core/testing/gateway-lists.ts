import type { ListedIntent, Page, PaymentGateway } from '@campusg-pay/core';
import { ok } from 'neverthrow';
import { type ModelIntent, snapshotOf } from './intents.js';
import type { troubledLine } from './line.js';
import type { StripeModel } from './stripe-model.js';

/** Reading what there is at the model, a page a call. */
export function listCalls(
  model: StripeModel,
  { exchange }: ReturnType<typeof troubledLine>,
): Pick<PaymentGateway, 'listIntents' | 'missedEvents'> {
  return {
    listIntents: ({ from, to, after }) =>
      exchange('listIntents', () => {
        const made = [...model.byId.values()]
          .filter(({ createdAt, paymentIntentId }) => {
            return createdAt >= from && createdAt < to && !model.misplaced.has(paymentIntentId);
          })
          .reverse();
        const listed = made.map(listedOf);
        return ok(pageOf(listed, after, ({ intent }) => intent.paymentIntentId));
      }),
    missedEvents: ({ since, after }) =>
      exchange('missedEvents', () => {
        const due = model.webhooks.filter((_, index) => (model.toldAt[index] ?? since) >= since);
        return ok(pageOf(due.reverse(), after, ({ event }) => event.id));
      }),
  };
}

function listedOf(it: ModelIntent): ListedIntent {
  const told = snapshotOf(it, { charge: true });
  // Which dispute it is only asking for it tells.
  const intent = { ...told, dispute: told.dispute === null ? null : ('untold' as const) };
  return { intent, createdAt: it.createdAt, manual: true };
}

/** Small, so that tests turn pages. */
const PAGE = 10;

/** The part of a list that comes behind an item. */
export function pageOf<Item>(
  items: readonly Item[],
  after: string | null,
  idOf: (item: Item) => string,
): Page<Item> {
  const start = after === null ? 0 : items.findIndex((item) => idOf(item) === after) + 1;
  const page = items.slice(start, start + PAGE);
  const last = page.at(-1);
  const more = start + PAGE < items.length;
  return { items: page, unreadable: 0, next: more && last !== undefined ? idOf(last) : null };
}
