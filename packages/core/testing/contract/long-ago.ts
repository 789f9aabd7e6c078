import type { PaymentRepository } from '@campusg-pay/core';
import { asked } from '../samples.js';
import { claimed } from './steps.js';

/** Longer ago than any lease that others may have left on a shared database. */
export const LONG_AGO = new Date('1985-10-26T01:21:00.000Z').getTime();

/** A payment of long ago that owes a call. */
export async function owesSince(repository: PaymentRepository, leaseMs: number) {
  const wanted = asked({ createdAt: new Date(LONG_AGO), updatedAt: new Date(LONG_AGO) });
  if (wanted.operation === null) throw new Error('an asked payment owes a call');
  const leaseUntil = new Date(LONG_AGO + leaseMs);
  return claimed(repository, { ...wanted, operation: { ...wanted.operation, leaseUntil } });
}
