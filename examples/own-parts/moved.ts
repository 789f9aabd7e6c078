// What was moved at a gateway of your own, in lists: all of it in one page.
import type {
  IntentSnapshot,
  ListedMovement,
  ListWanted,
  MoneyLists,
  TransferSnapshot,
} from '@campusg-pay/core';
import { ok } from 'neverthrow';

interface Sent {
  readonly transfer: TransferSnapshot;
  readonly createdAt: Date;
}

/** When and how much, with what it belongs to. */
export type Moved = Omit<ListedMovement, 'paymentIntentId'>;

/** What there is to list, at the moment of asking. */
export interface Shelves {
  readonly sent: () => readonly Sent[];
  readonly reversals: () => readonly Moved[];
  readonly intents: () => readonly { readonly intent: IntentSnapshot; readonly createdAt: Date }[];
}

export function ownLists({ sent, reversals, intents }: Shelves): MoneyLists {
  const listed = () =>
    sent().map(({ transfer, createdAt }) => ({ transfer, createdAt, group: transfer.paymentId }));
  const refunds = () =>
    intents().flatMap(({ intent, createdAt }) => {
      const { paymentIntentId, latestRefunds } = intent;
      return (latestRefunds ?? []).map((refund) => ({ refund, createdAt, paymentIntentId }));
    });
  return {
    listTransfers: async (wanted) => ok(page(listed(), wanted)),
    listRefunds: async (wanted) => ok(page(refunds(), wanted)),
    // Its refunds never fail, so none ever comes back.
    listMovements: async ({ kind, ...wanted }) => {
      const all = kind === 'reversal' ? reversals() : [];
      return ok(
        page(
          all.map((one) => ({ ...one, paymentIntentId: null })),
          wanted,
        ),
      );
    },
    transfersOf: async ({ id }) => ok(listed().filter(({ transfer }) => transfer.paymentId === id)),
  };
}

/** The newest first, in whole seconds. */
function page<Item extends { readonly createdAt: Date }>(
  items: readonly Item[],
  { from, to }: Pick<ListWanted, 'from' | 'to'>,
) {
  const second = (at: Date) => Math.floor(at.getTime() / 1000) * 1000;
  const within = items
    .map((item) => ({ ...item, createdAt: new Date(second(item.createdAt)) }))
    .filter(({ createdAt }) => createdAt.getTime() >= second(from) && createdAt < to);
  return { items: within.reverse(), unreadable: 0, next: null };
}
