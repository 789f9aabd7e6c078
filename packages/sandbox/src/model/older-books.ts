import type { World } from '../state/world.js';
import { bookDispute, holdsFunds } from './dispute.js';
import { bookCapture } from './movements.js';
import { bookRefund, bookReturn } from './refund.js';

/**
 * Books what a data file of before there were books tells of: its charges, refunds and disputes
 * without a movement. Gives whether there were any.
 */
export function bookOlder(world: World): boolean {
  const { charge, refund, dispute, balance_transaction: movements } = world.store.tables;
  if (movements.size > 0 || charge.size === 0) return false;
  const { terms } = world;
  // Whatever the terms are now, these paid no fee and their money was there.
  world.terms = { feePercent: 0, feeFixed: 0, settlementSeconds: 0 };
  for (const each of charge.values()) bookCapture(world, each);
  world.terms = terms;
  for (const each of refund.values()) {
    if (!(each.moved ?? each.status !== 'pending')) continue;
    bookRefund(world, each);
    if (each.status === 'failed') bookReturn(world, each);
  }
  for (const each of dispute.values()) if (holdsFunds(each)) bookDispute(world, each);
  return movements.size > 0;
}
