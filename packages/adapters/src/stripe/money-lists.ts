import type {
  ListedMovement,
  ListedRefund,
  ListedTransfer,
  ListWanted,
  MoneyLists,
  MovementKind,
} from '@campusg-pay/core';
import type Stripe from 'stripe';
import { type Ask, asFault } from './exchange.js';
import { pageOf, secondsOf } from './lists.js';
import { readAll, readPage, startingAfter } from './pages.js';
import { listedRefund, tryRead } from './shapes.js';
import { toRefund } from './snapshot.js';
import { groupsOf } from './transfer-calls.js';
import {
  listedTransfer,
  movement,
  type ReadListedTransfer,
  transferSnapshot,
} from './transfer-shapes.js';

/** As many as Stripe gives at once. */
const LIMIT = 100;

/** Stripe's words for what moves the balance. Source: docs.stripe.com/reports/balance-transaction-types. */
const TYPES: Readonly<Record<MovementKind, string>> = {
  reversal: 'transfer_refund',
  returned_refund: 'refund_failure',
};

/** Reading what was moved, a page a call. An item that can't be read is counted, and holds up nothing. */
export function moneyLists(stripe: Stripe, ask: Ask): MoneyLists {
  return {
    listTransfers: async (wanted) => {
      const page = await ask('list transfers', async () => {
        const list = await stripe.transfers.list(rangeOf(wanted));
        return pageOf(readPage(list), wanted.after, (item) =>
          tryRead(listedTransfer, item).map(toListed).unwrapOr(null),
        );
      });
      return page.mapErr(asFault);
    },
    listRefunds: async (wanted) => {
      const page = await ask('list refunds', async () => {
        const list = await stripe.refunds.list(rangeOf(wanted));
        return pageOf(readPage(list), wanted.after, toListedRefund);
      });
      return page.mapErr(asFault);
    },
    listMovements: async (wanted) => {
      const type = TYPES[wanted.kind];
      const page = await ask('list movements', async () => {
        const params = { ...rangeOf(wanted), type, expand: ['data.source'] };
        const list = await stripe.balanceTransactions.list(params);
        return pageOf(readPage(list), wanted.after, toMovement);
      });
      return page.mapErr(asFault);
    },
    transfersOf: async (payment) => {
      const call = 'list transfers of a payment';
      const found = await ask(call, async (going) => {
        const all: ReadListedTransfer[] = [];
        for (const [nth, group] of groupsOf(payment).entries()) {
          if (nth > 0) await going.next(call);
          const page = (after: object) =>
            stripe.transfers.list({ transfer_group: group, limit: LIMIT, ...after });
          all.push(...(await readAll({ page, shape: listedTransfer, call, going })));
        }
        return all.map(toListed);
      });
      return found.mapErr(asFault);
    },
  };
}

function rangeOf({ from, to, after }: ListWanted) {
  return { created: secondsOf({ from, to }), limit: LIMIT, ...startingAfter(after) };
}

function toListed(read: ReadListedTransfer): ListedTransfer {
  const { created: createdAt, transfer_group: group = null } = read;
  return { transfer: transferSnapshot(read), createdAt, group };
}

function toListedRefund(item: unknown): ListedRefund | null {
  const read = tryRead(listedRefund, item);
  if (read.isErr()) return null;
  const { created: createdAt, payment_intent: paymentIntentId } = read.value;
  return { refund: toRefund(read.value), createdAt, paymentIntentId };
}

function toMovement(item: unknown): ListedMovement | null {
  const read = tryRead(movement, item);
  if (read.isErr()) return null;
  const { id: movementId, created: createdAt, amount, currency, source } = read.value;
  return {
    movementId,
    createdAt,
    amountMinor: Math.abs(amount),
    currency,
    stripeTransferId: 'transfer' in source ? source.transfer : null,
    paymentIntentId: 'payment_intent' in source ? source.payment_intent : null,
  };
}
