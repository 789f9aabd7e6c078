import type { DatabaseFault } from '@campusg-pay/core';
import { err, type Result } from 'neverthrow';

/** The methods of the four database ports, each one round trip. */
export type StoreCall =
  | 'claim'
  | 'save'
  | 'find'
  | 'withdraw'
  | 'takeOwing'
  | 'due'
  | 'findAll'
  | 'createdWithin'
  | 'latest'
  | 'history'
  | 'reserve'
  | 'lookUp'
  | 'renew'
  | 'remember'
  | 'dueTransfers'
  | 'findRunner'
  | 'setAccount'
  | 'noteAccount'
  | 'transferred'
  | 'seen'
  | 'note';

/**
 * What befalls a round trip: `refused` never reached the database, `answer_lost` was committed
 * although the caller is told of a fault.
 */
export type StoreTrouble = 'refused' | 'answer_lost' | null;

/** The fault that a caller is told of. */
export function unavailable<Value>(
  outcome: 'not-executed' | 'unknown',
  reason: string,
): Result<Value, DatabaseFault> {
  return err({ type: 'DatabaseUnavailable', reason, outcome });
}
