import type { MovementRecord } from '../state/money-records.js';
import type { ChargeRecord } from '../state/records.js';
import { emit, type World } from '../state/world.js';
import { ACCOUNT_ID } from './account.js';
import { bookCapture } from './movements.js';
import { makeWaiting } from './refund.js';

/** Stripe's event of money that can be spent now; it shows the balance of whoever asks for it. */
export function tellAvailable(world: World, record: MovementRecord): void {
  emit(world, 'balance.available', { kind: 'balance_transaction', record });
  makeWaiting(world, record.currency);
}

function planSettlement(world: World, movement: MovementRecord): void {
  if (movement.availableOn <= world.clock.seconds()) return;
  world.later(movement.availableOn * 1000, () => tellAvailable(world, movement));
}

/** Books what was captured of a charge, and tells when it can be spent if that is not at once. */
export function settleCapture(world: World, charge: ChargeRecord): void {
  const movement = bookCapture(world, charge);
  if (movement !== undefined) planSettlement(world, movement);
}

/** Schedules, after a restart, when the money that is on its way is there. */
export function planSettlements(world: World): void {
  for (const each of world.store.tables.balance_transaction.values()) {
    if (each.account === ACCOUNT_ID && each.type === 'charge') planSettlement(world, each);
  }
}
