import { err, ok, type Result } from 'neverthrow';
import type { Payment } from './payment.js';
import type { Step } from './payment-events.js';
import type { Refusal } from './refusal.js';
import { isUnsent, NOT_WAITING, type Transfer, type TransferStatus } from './transfer.js';

/** Why nothing can be done about a transfer. */
export type TransferRefusal =
  | Extract<Refusal, { type: 'PaymentNotFound' | 'OperationInProgress' }>
  /** None was asked for. */
  | { readonly type: 'NoTransfer' }
  | { readonly type: 'WrongTransferStatus'; readonly status: TransferStatus };

/** Keeps it from being sent. No steps: it is paused already. */
export function decidePause(
  payment: Payment | null,
  reason: string,
): Result<readonly Step[], TransferRefusal> {
  return transferOf(payment).andThen((transfer) => {
    const { status } = transfer;
    if (status === 'paused') return ok([]);
    if (!isUnsent(transfer)) return err({ type: 'WrongTransferStatus', status } as const);
    const paused = { ...transfer, ...NOT_WAITING, status: 'paused', reason } as const;
    return ok([{ type: 'transfer_waiting', transfer: paused } as const]);
  });
}

/** Lets it be sent at once. */
export function decideResume(
  payment: Payment | null,
  now: Date,
): Result<readonly Step[], TransferRefusal> {
  return transferOf(payment).andThen((transfer) => {
    const { status } = transfer;
    if (!isUnsent(transfer)) return err({ type: 'WrongTransferStatus', status } as const);
    const owed = { ...transfer, ...NOT_WAITING, status: 'owed', nextTryAt: now } as const;
    return ok(status === 'owed' ? [] : [{ type: 'transfer_owed', transfer: owed } as const]);
  });
}

/** A transfer that nobody is sending at this moment. */
function transferOf(payment: Payment | null): Result<Transfer, TransferRefusal> {
  if (payment === null) return err({ type: 'PaymentNotFound' });
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED')
    return err({ type: 'NoTransfer' });
  const { transfer, operation, status } = payment;
  if (transfer === null) return err({ type: 'NoTransfer' });
  return operation?.kind === 'transfer'
    ? err({ type: 'OperationInProgress', status, kind: operation.kind })
    : ok(transfer);
}
