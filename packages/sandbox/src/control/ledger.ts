import type Stripe from 'stripe';
import { renderAccount } from '../model/account-shapes.js';
import { renderCustomer } from '../model/customer-shapes.js';
import { renderDispute } from '../model/dispute-shapes.js';
import { renderCharge, renderIntent } from '../model/payment-shapes.js';
import { renderRefund } from '../model/refund-shapes.js';
import { renderMovement, renderReversal, renderTransfer } from '../model/transfer-shapes.js';
import type { World } from '../state/world.js';
import { type Books, takeBooks } from './books.js';
import type { AccountFunds } from './funds.js';
import type { RequestCounts, RequestLog, SeenRequest } from './request-log.js';

/** How much there is, without looking at any of it. */
export interface Counts {
  readonly paymentIntents: number;
  readonly charges: number;
  readonly refunds: number;
  readonly disputes: number;
  readonly accounts: number;
  readonly transfers: number;
  readonly transferReversals: number;
  readonly customers: number;
  readonly events: number;
  /** Deliveries that no endpoint has confirmed yet. */
  readonly deliveriesDue: number;
  readonly requests: RequestCounts;
}

/** What the sandbox holds and what it was asked: the oracle of crash tests. Oldest first. */
export interface Ledger {
  readonly paymentIntents: readonly Stripe.PaymentIntent[];
  readonly charges: readonly Stripe.Charge[];
  readonly refunds: readonly Stripe.Refund[];
  readonly disputes: readonly Stripe.Dispute[];
  readonly accounts: readonly (Stripe.Account | Stripe.DeletedAccount)[];
  readonly transfers: readonly Stripe.Transfer[];
  readonly transferReversals: readonly Stripe.TransferReversal[];
  /** Of all accounts. */
  readonly balanceTransactions: readonly Stripe.BalanceTransaction[];
  /** Of every account that ever had money. */
  readonly balances: readonly AccountFunds[];
  readonly books: Books;
  readonly customers: readonly (Stripe.Customer | Stripe.DeletedCustomer)[];
  /** The latest 10,000 at most; `counts` knows them all. */
  readonly requests: readonly SeenRequest[];
  /** Requests for what the sandbox does not implement. */
  readonly unknownRoutes: readonly SeenRequest[];
  readonly counts: Counts;
}

export function takeCounts({ store }: World, log: RequestLog): Counts {
  const { tables } = store;
  let deliveriesDue = 0;
  for (const endpoints of store.due.values()) deliveriesDue += endpoints.size;
  return {
    paymentIntents: tables.payment_intent.size,
    charges: tables.charge.size,
    refunds: tables.refund.size,
    disputes: tables.dispute.size,
    accounts: tables.account.size,
    transfers: tables.transfer.size,
    transferReversals: tables.transfer_reversal.size,
    customers: tables.customer.size,
    events: tables.event.size,
    deliveriesDue,
    requests: log.counts(),
  };
}

function takeBalances({ store, clock }: World): AccountFunds[] {
  const now = clock.seconds();
  return store.tally
    .accounts()
    .flatMap((account) => store.tally.of(account, now).map((funds) => ({ account, ...funds })));
}

export function takeLedger(world: World, log: RequestLog): Ledger {
  const { tables } = world.store;
  const { publicUrl } = world.shows;
  const now = world.clock.seconds();
  return {
    paymentIntents: Array.from(tables.payment_intent.values(), (i) => renderIntent(i, publicUrl)),
    charges: Array.from(tables.charge.values(), renderCharge),
    refunds: Array.from(tables.refund.values(), renderRefund),
    disputes: Array.from(tables.dispute.values(), renderDispute),
    accounts: Array.from(tables.account.values(), renderAccount),
    transfers: Array.from(tables.transfer.values(), (t) => renderTransfer(t, world.shows)),
    transferReversals: Array.from(tables.transfer_reversal.values(), renderReversal),
    balanceTransactions: Array.from(tables.balance_transaction.values(), (m) =>
      renderMovement(m, now),
    ),
    balances: takeBalances(world),
    books: takeBooks(world),
    customers: Array.from(tables.customer.values(), renderCustomer),
    requests: log.list(),
    unknownRoutes: log.unknown(),
    counts: takeCounts(world, log),
  };
}
