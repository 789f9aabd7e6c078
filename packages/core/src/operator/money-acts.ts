import { err, ok, type Result } from 'neverthrow';
import type { Escrow } from '../escrow.js';
import { decidePause, decideResume, type TransferRefusal } from '../payment/decide-transfer-act.js';
import type { Payment } from '../payment/payment.js';
import type { Refusal } from '../payment/refusal.js';
import type { Transfer } from '../payment/transfer.js';
import type { DatabaseFault, Fault, PaymentRepository } from '../ports.js';
import type { RunnerStanding } from '../runner/runner.js';
import {
  type ActPorts,
  type ActRecord,
  type OperatorsWill,
  onRecord,
  recordOfFault,
} from './acts.js';

/**
 * What a person does about a transfer. `send`: whatever it waits for, it is tried now. `resume`: one that
 * is paused, or that a person had to look at, goes on. `pause`: it is not sent before somebody says so.
 */
export type TransferWish = 'send' | 'resume' | 'pause';

/** A payment with the transfer that an act is about. */
export interface AgreedTransfer {
  readonly payment: Payment;
  readonly transfer: Transfer;
  /** It is so already. */
  readonly isDone: boolean;
}

/** What the rules say to an act on the transfer of a payment. The same decision as that of the act. */
export function previewTransfer(
  payment: Payment | null,
  wish: TransferWish,
  now: Date,
): Result<AgreedTransfer, TransferRefusal> {
  const steps = wish === 'pause' ? decidePause(payment, 'previewed') : decideResume(payment, now);
  return steps.andThen((decided) => {
    const transfer = payment !== null && 'transfer' in payment ? payment.transfer : null;
    if (payment === null || transfer === null) return err({ type: 'NoTransfer' } as const);
    const { status } = transfer;
    const isHeldBack = status === 'paused' || status === 'needs_review';
    if (wish === 'resume' && !isHeldBack)
      return err({ type: 'WrongTransferStatus', status } as const);
    return ok({ payment, transfer, isDone: wish === 'pause' && decided.length === 0 });
  });
}

export interface TransferActPorts extends ActPorts {
  readonly repository: Pick<PaymentRepository, 'find'>;
  readonly escrow: Pick<Escrow, 'pauseTransfer' | 'resumeTransfer'>;
}

/** How an act on a transfer ended. */
export type TransferDone = Result<Payment, TransferRefusal | Refusal | Fault>;

/** Carries out an act on a transfer as it was agreed to; where it has moved on since, nothing is done. */
export async function executeTransferAct(
  ports: TransferActPorts,
  agreed: { readonly wish: TransferWish } & Pick<AgreedTransfer, 'payment' | 'transfer'>,
  will: OperatorsWill & { readonly approvalId?: number },
): Promise<Result<TransferDone, DatabaseFault>> {
  const { wish, payment, transfer } = agreed;
  const { escrow } = ports;
  const { transferId, stripeAccount } = transfer;
  const details = { transferId, stripeAccount };
  const facts = { ...will, act: `transfers.${wish}`, payment, details };
  return onRecord(ports, facts, async () => {
    const still = await stillAsAgreed(ports, agreed);
    const act = { payment: { paymentId: payment.id }, reason: will.reason };
    const done: TransferDone = still.isErr()
      ? err(still.error)
      : wish === 'pause'
        ? await escrow.pauseTransfer(act)
        : await escrow.resumeTransfer(act);
    return { ...recordOf(done), value: done };
  });
}

async function stillAsAgreed(
  { repository, clock }: TransferActPorts,
  { wish, payment, transfer }: Parameters<typeof executeTransferAct>[1],
): Promise<Result<void, TransferRefusal | Refusal | DatabaseFault>> {
  const found = await repository.find({ paymentId: payment.id });
  if (found.isErr()) return err(found.error);
  const now = previewTransfer(found.value, wish, clock.now());
  if (now.isErr()) return err(now.error);
  const { status, stripeAccount, amountMinor } = now.value.transfer;
  const isSame =
    status === transfer.status &&
    stripeAccount === transfer.stripeAccount &&
    amountMinor === transfer.amountMinor;
  return isSame ? ok() : err({ type: 'OvertakenByAnother', status: now.value.payment.status });
}

function recordOf(done: TransferDone): ActRecord {
  if (done.isOk()) {
    const payment = done.value;
    const transfer = 'transfer' in payment ? payment.transfer : null;
    const outcome = payment.operation?.kind === 'transfer' ? 'processing' : 'done';
    return { outcome, result: `the transfer is ${transfer?.status ?? 'gone'}` };
  }
  const { error } = done;
  return error.type === 'DatabaseUnavailable' || error.type === 'GatewayUnavailable'
    ? recordOfFault(error)
    : { outcome: 'refused', result: error.type };
}

export interface AccountActPorts extends ActPorts {
  readonly escrow: Pick<Escrow, 'setRunnerAccount'>;
}

/** Sets or changes where a runner's money goes, by a person and on record. */
export async function executeSetAccount(
  ports: AccountActPorts,
  wanted: { readonly runnerId: string; readonly stripeAccount: string | null },
  will: OperatorsWill & { readonly approvalId?: number },
): Promise<Result<Result<RunnerStanding, DatabaseFault>, DatabaseFault>> {
  const facts = { ...will, act: 'runners.set.account', payment: null, details: wanted };
  return onRecord(ports, facts, async () => {
    const set = await ports.escrow.setRunnerAccount(wanted);
    const record: ActRecord = set.isErr()
      ? recordOfFault(set.error)
      : { outcome: 'done', result: `the account is ${set.value.stripeAccount ?? 'none'}` };
    return { ...record, value: set };
  });
}
