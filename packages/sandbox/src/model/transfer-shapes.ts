import type Stripe from 'stripe';
import type { Lookup } from '../state/lookup.js';
import type { MovementRecord, ReversalRecord, TransferRecord } from '../state/money-records.js';
import type { Funds } from '../state/tally.js';
import { movementId } from './movement-ids.js';

/** How many reversals a transfer shows at most. */
const LISTED = 10;

/** The payment that a transfer makes on the connected account. */
export function paymentIdOf({ id }: Pick<TransferRecord, 'id'>): string {
  return `py_${id.slice('tr_'.length)}`;
}

/** The refund of that payment that a reversal makes. */
export function paymentRefundIdOf({ id }: Pick<ReversalRecord, 'id'>): string {
  return `pyr_${id.slice('trr_'.length)}`;
}

export function renderTransfer(
  transfer: TransferRecord,
  lookup: Pick<Lookup, 'get'>,
): Stripe.Transfer {
  const newest = transfer.reversals.slice(-LISTED).reverse();
  const reversals = newest.flatMap((id) => lookup.get('transfer_reversal', id) ?? []);
  return {
    id: transfer.id,
    object: 'transfer',
    amount: transfer.amount,
    amount_reversed: transfer.amountReversed,
    balance_transaction: movementId(transfer.id),
    created: transfer.created,
    currency: transfer.currency,
    description: transfer.description,
    destination: transfer.destination,
    destination_payment: paymentIdOf(transfer),
    livemode: false,
    metadata: { ...transfer.metadata },
    reversals: {
      object: 'list',
      data: reversals.map(renderReversal),
      has_more: transfer.reversals.length > LISTED,
      url: `/v1/transfers/${transfer.id}/reversals`,
    },
    reversed: transfer.amountReversed === transfer.amount,
    source_transaction: transfer.source,
    source_type: 'card',
    transfer_group: transfer.group,
  };
}

export function renderReversal(reversal: ReversalRecord): Stripe.TransferReversal {
  return {
    id: reversal.id,
    object: 'transfer_reversal',
    amount: reversal.amount,
    balance_transaction: movementId(reversal.id),
    created: reversal.created,
    currency: reversal.currency,
    destination_payment_refund: paymentRefundIdOf(reversal),
    metadata: { ...reversal.metadata },
    source_refund: null,
    transfer: reversal.transfer,
  };
}

/** The balance of an account; one that never had money shows a currency all the same. */
export function renderBalance(funds: readonly Funds[], currency = 'usd'): Stripe.Balance {
  const shown = funds.length === 0 ? [{ currency, available: 0, pending: 0 }] : funds;
  const part = (name: 'available' | 'pending') =>
    shown.map((each) => ({
      amount: each[name],
      currency: each.currency,
      source_types: { card: each[name] },
    }));
  return {
    object: 'balance',
    available: part('available'),
    livemode: false,
    pending: part('pending'),
  };
}

/** docs.stripe.com/reports/reporting-categories */
const CATEGORIES: Readonly<Record<MovementRecord['type'], string>> = {
  adjustment: 'dispute',
  charge: 'charge',
  payment: 'charge',
  payment_refund: 'refund',
  payout: 'payout',
  refund: 'refund',
  refund_failure: 'refund_failure',
  topup: 'topup',
  transfer: 'transfer',
  transfer_refund: 'transfer_reversal',
};

export function renderMovement(movement: MovementRecord, now: number): Stripe.BalanceTransaction {
  const { amount, fee, currency, type } = movement;
  const detail = {
    amount: fee,
    application: null,
    currency,
    description: 'Stripe processing fees',
    type: 'stripe_fee',
  };
  return {
    id: movement.id,
    object: 'balance_transaction',
    amount,
    available_on: movement.availableOn,
    balance_type: 'payments',
    created: movement.created,
    currency,
    description: null,
    exchange_rate: null,
    fee,
    fee_details: fee === 0 ? [] : [detail],
    net: amount - fee,
    reporting_category: CATEGORIES[type],
    source: movement.source,
    status: movement.availableOn <= now ? 'available' : 'pending',
    type,
  };
}
