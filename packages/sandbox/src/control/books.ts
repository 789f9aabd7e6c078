import { ACCOUNT_ID } from '../model/account.js';
import { holdsFunds } from '../model/dispute.js';
import { movementId } from '../model/movement-ids.js';
import type { World } from '../state/world.js';

/** What became of the money of one charge, in minor units. */
export interface ChargeBook {
  readonly charge: string;
  readonly paymentIntent: string;
  readonly currency: string;
  readonly captured: number;
  /** Refunds that are pending are in it, those that failed are not. */
  readonly refunded: number;
  /** What transfers with the charge as their source sent, before reversals. */
  readonly transferred: number;
  readonly reversed: number;
  readonly fee: number;
}

/** Who has how much of one currency, in minor units; money that somebody gave is negative. */
export interface CurrencyBook {
  readonly currency: string;
  /** All customers: minus what they paid, plus what they got back. */
  readonly customers: number;
  /** Their banks: what disputes hold. */
  readonly disputes: number;
  /** Stripe's fees. */
  readonly fees: number;
  /** Bank accounts: payouts less what was added. */
  readonly paidOut: number;
  readonly platform: number;
  /** All connected accounts. */
  readonly accounts: number;
  /** Of all the others: 0, or money was made or lost. */
  readonly sum: number;
}

/** Where the money is, told by what happened and by the balances, which must agree. */
export interface Books {
  readonly charges: readonly ChargeBook[];
  readonly currencies: readonly CurrencyBook[];
}

function chargeBooks({ store }: World): ChargeBook[] {
  const { charge, transfer, balance_transaction: movements } = store.tables;
  const books: ChargeBook[] = [];
  for (const each of charge.values()) {
    if (!each.captured) continue;
    const transfers = transfer.withKey('source_transaction', each.id);
    books.push({
      charge: each.id,
      paymentIntent: each.intent,
      currency: each.currency,
      captured: each.amountCaptured,
      refunded: each.amountRefunded,
      transferred: transfers.reduce((sum, { amount }) => sum + amount, 0),
      reversed: transfers.reduce((sum, { amountReversed }) => sum + amountReversed, 0),
      fee: movements.get(movementId(each.id))?.fee ?? 0,
    });
  }
  return books;
}

type Sums = { -readonly [name in Exclude<keyof CurrencyBook, 'currency' | 'sum'>]: number };

function sumsOf(world: World): Map<string, Sums> {
  const { charge, refund, dispute, balance_transaction: movements } = world.store.tables;
  const all = new Map<string, Sums>();
  const add = (currency: string, name: keyof Sums, amount: number): void => {
    const none = { customers: 0, disputes: 0, fees: 0, paidOut: 0, platform: 0, accounts: 0 };
    const sums = all.get(currency) ?? none;
    sums[name] += amount;
    all.set(currency, sums);
  };
  for (const each of charge.values()) {
    if (each.captured) add(each.currency, 'customers', each.amountRefunded - each.amountCaptured);
  }
  for (const { status, currency, amount } of refund.values()) {
    if (status === 'pending') add(currency, 'customers', -amount);
  }
  for (const each of dispute.values()) {
    if (holdsFunds(each)) add(each.currency, 'disputes', each.amount);
  }
  for (const { type, currency, amount, fee } of movements.values()) {
    add(currency, 'fees', fee);
    if (type === 'payout' || type === 'topup') add(currency, 'paidOut', -amount);
  }
  const { tally } = world.store;
  for (const account of tally.accounts()) {
    for (const { currency, available, pending } of tally.of(account, world.clock.seconds())) {
      add(currency, account === ACCOUNT_ID ? 'platform' : 'accounts', available + pending);
    }
  }
  return all;
}

export function takeBooks(world: World): Books {
  const currencies = Array.from(sumsOf(world), ([currency, sums]) => ({
    currency,
    ...sums,
    // -0 would be another number to whoever compares.
    sum: Object.values(sums).reduce((total, each) => total + each, 0) + 0,
  }));
  return { charges: chargeBooks(world), currencies };
}
