import type {
  ListedMovement,
  ListedRefund,
  ListedTransfer,
  ListWanted,
  MoneyLists,
} from '@campusg-pay/core';
import { ok } from 'neverthrow';
import { type ConnectModel, type ModelTransfer, snapshotOf } from './connect-model.js';
import { pageOf } from './gateway-lists.js';
import type { troubledLine } from './line.js';
import type { StripeModel } from './stripe-model.js';

/** What was moved at the model, a page a call. */
export function moneyLists(
  model: StripeModel,
  connect: ConnectModel,
  { exchange }: ReturnType<typeof troubledLine>,
): MoneyLists {
  const listed = (transfer: ModelTransfer): ListedTransfer => ({
    transfer: snapshotOf(transfer),
    createdAt: connect.madeAt.get(transfer.stripeTransferId) ?? model.now(),
    group: transfer.paymentId,
  });
  return {
    listTransfers: (wanted) =>
      exchange('listTransfers', () => {
        const made = within([...connect.transfers.values()].map(listed), wanted);
        return ok(pageOf(made, wanted.after, ({ transfer }) => transfer.stripeTransferId));
      }),
    listRefunds: (wanted) =>
      exchange('listRefunds', () => {
        const made = within(refundsAt(model), wanted);
        return ok(pageOf(made, wanted.after, ({ refund }) => refund.refundId));
      }),
    listMovements: (wanted) =>
      exchange('listMovements', () => {
        const all =
          wanted.kind === 'reversal' ? reversalsAt(model, connect) : returnedRefundsAt(model);
        return ok(pageOf(within(all, wanted), wanted.after, ({ movementId }) => movementId));
      }),
    transfersOf: ({ id }) =>
      exchange('transfersOf', () => {
        const all = [...connect.transfers.values()].filter(({ paymentId }) => paymentId === id);
        return ok(all.map(listed).reverse());
      }),
  };
}

/** Those of a period, the newest first. */
function within<Item extends { readonly createdAt: Date }>(
  items: readonly Item[],
  { from, to }: ListWanted,
): readonly Item[] {
  return items
    .filter(({ createdAt }) => createdAt >= from && createdAt < to)
    .toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
}

function refundsAt(model: StripeModel): readonly ListedRefund[] {
  return [...model.byId.values()].flatMap(({ paymentIntentId, latestRefunds }) =>
    latestRefunds.map((refund) => ({
      refund,
      createdAt: model.refundedAt.get(refund.refundId) ?? model.now(),
      paymentIntentId,
    })),
  );
}

function returnedRefundsAt(model: StripeModel): readonly ListedMovement[] {
  return [...model.byId.values()].flatMap(({ paymentIntentId, currency, latestRefunds }) =>
    latestRefunds.flatMap(({ refundId, amountMinor }) => {
      const createdAt = model.refundedAt.get(`${refundId}:returned`);
      if (createdAt === undefined) return [];
      const movementId = `txn_${refundId}`;
      return {
        movementId,
        createdAt,
        amountMinor,
        currency,
        stripeTransferId: null,
        paymentIntentId,
      };
    }),
  );
}

function reversalsAt(model: StripeModel, connect: ConnectModel): readonly ListedMovement[] {
  return [...connect.transfers.values()].flatMap(({ stripeTransferId, currency, reversals }) =>
    reversals.map(({ stripeReversalId, amountMinor }) => ({
      movementId: `txn_${stripeReversalId}`,
      createdAt: connect.madeAt.get(stripeReversalId) ?? model.now(),
      amountMinor,
      currency,
      stripeTransferId,
      paymentIntentId: null,
    })),
  );
}
