import type { HoldFailure } from '../operation/operation.js';
import type { Payment } from './payment.js';

/**
 * Whether it is the customer's turn: not any more once authenticating has failed, or a revert is
 * wanted, though the hold is not canceled yet.
 */
export function awaitsCustomer(payment: Payment): boolean {
  if (payment.status !== 'INITIATING' || !payment.requiresAction) return false;
  return payment.operation === null && payment.revertRequested === null;
}

/** Why there will be no hold, where that is known and it is still being canceled; else null. */
export function failingWith({ status, operation }: Payment): HoldFailure | null {
  if (status !== 'INITIATING' || operation?.kind !== 'void') return null;
  return operation.params.purpose === 'fail' ? operation.params.failure : null;
}
