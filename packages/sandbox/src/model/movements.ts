import type { MovementRecord } from '../state/money-records.js';
import type { ChargeRecord } from '../state/records.js';
import type { Funds } from '../state/tally.js';
import { stamp, type World } from '../state/world.js';
import { ACCOUNT_ID } from './account.js';
import { movementId } from './movement-ids.js';
import { testCardOf } from './test-cards.js';
import { renderBalance } from './transfer-shapes.js';

type Move = Pick<MovementRecord, 'type' | 'amount' | 'currency' | 'source'> &
  Partial<Pick<MovementRecord, 'id' | 'account' | 'fee' | 'availableOn'>>;

/** Changes a balance: the platform's and at once, unless the movement says otherwise. */
export function move(world: World, movement: Move): MovementRecord {
  const id = movement.id ?? movementId(movement.source);
  const former = world.store.get('balance_transaction', id);
  // A movement that takes another's place keeps its moment: lists are searched by it.
  const stamped = former ?? stamp(world, 'balance_transaction');
  const { created, seq } = stamped;
  const record: MovementRecord = {
    account: ACCOUNT_ID,
    fee: 0,
    availableOn: created,
    ...movement,
    id,
    created,
    seq,
  };
  world.store.put('balance_transaction', record);
  return record;
}

/** What Stripe keeps of a capture by the terms of this moment, never more than was taken. */
function feeOf({ terms }: World, captured: number): number {
  const fee = Math.round((captured * terms.feePercent) / 100) + terms.feeFixed;
  return Math.min(fee, captured);
}

/** Books what was captured of a charge, if anything was. */
export function bookCapture(world: World, charge: ChargeRecord): MovementRecord | undefined {
  const { id, amountCaptured: amount, currency } = charge;
  if (amount === 0) return undefined;
  const wait = testCardOf(charge).bypassesPending ? 0 : world.terms.settlementSeconds;
  const availableOn = world.clock.seconds() + wait;
  return move(world, {
    type: 'charge',
    amount,
    fee: feeOf(world, amount),
    currency,
    source: id,
    availableOn,
  });
}

/** When the money of a charge can be spent, in unix seconds. */
export function settledOn(world: World, charge: ChargeRecord): number {
  const booked = world.store.get('balance_transaction', movementId(charge.id));
  return Math.max(booked?.availableOn ?? 0, world.clock.seconds());
}

/** What an account has in one currency now. */
export function fundsIn(world: World, account: string, currency: string): Funds {
  const all = world.store.tally.of(account, world.clock.seconds());
  return all.find((each) => each.currency === currency) ?? { currency, available: 0, pending: 0 };
}

/** The balance of an account as Stripe shows it. */
export function balanceOf(world: World, account = ACCOUNT_ID): object {
  const currency = world.store.get('account', account)?.defaultCurrency;
  return renderBalance(world.shows.funds(account), currency);
}
