import { err, ok, type Result } from 'neverthrow';
import { sendTransfer } from '../commands/send-transfer.js';
import { followUp } from '../commands/status.js';
import { isNamed } from '../gateway/identity.js';
import type { TransferSnapshot } from '../gateway/transfer-report.js';
import { applyReport } from '../operation/report-application.js';
import { markForReview } from '../operation/review-mark.js';
import { takeOver } from '../operation/take-over-operation.js';
import { isAlive } from '../payment/invariants.js';
import type { Payment } from '../payment/payment.js';
import type { EscrowPorts, Fault } from '../ports.js';
import { unreachable } from '../unreachable.js';
import { cancelOrphan } from '../upkeep/orphaned-intent.js';
import type { Discrepancy, Repair, TheirSide } from './discrepancy.js';
import type { Pair } from './judge.js';

/** What a repair needs: both sides as they were read just now, and what was found in them. */
export interface Repairable {
  readonly pair: Pair;
  readonly discrepancy: Discrepancy;
}

/** `changed`: somebody was faster, and nothing was done. */
export type Repaired = 'done' | 'changed';

/**
 * Carries out the repair of a discrepancy, by the use cases that commands and webhooks go through: every
 * rule, guard and event of theirs holds here too.
 */
export async function repair(
  ports: EscrowPorts,
  { pair, discrepancy }: Repairable,
): Promise<Result<Repaired, Fault>> {
  const wanted = discrepancy.repair;
  if (wanted === null) throw new Error(`bug: there is no repair for ${discrepancy.type}`);
  if (pair.kind === 'theirs' || pair.kind === 'stray')
    throw new Error('bug: without a record there is nothing to repair');
  const { payment } = pair.ours;
  switch (wanted.type) {
    case 'report':
      return pair.kind === 'moved'
        ? tellTransfer(ports, payment, transferOf(pair, discrepancy))
        : tell(ports, payment, theirsOf(pair, wanted));
    case 'adopt':
      return tell(ports, payment, named(ports, payment, theirsOf(pair, wanted)));
    case 'mark_for_review':
      return (await markForReview(ports, payment, wanted.reason)).map(doneIf);
    case 'cancel_stray':
      return cancelExtra(ports, payment, theirsOf(pair, wanted));
    case 'resume_operation':
      return resume(ports, payment);
    case 'send_transfer':
      return sendWaiting(ports, payment);
    default:
      return unreachable(wanted);
  }
}

function theirsOf(pair: Exclude<Pair, { kind: 'theirs' | 'stray' }>, { type }: Repair): TheirSide {
  if (pair.kind === 'ours' || pair.kind === 'moved')
    throw new Error(`bug: a ${type} needs a PaymentIntent`);
  return pair.theirs;
}

function transferOf(
  { sent }: Extract<Pair, { kind: 'moved' }>,
  { type, transfer }: Discrepancy,
): TransferSnapshot {
  const id = transfer?.stripeTransferId;
  const found = sent.find((one) => one.transfer.stripeTransferId === id);
  if (found === undefined) throw new Error(`bug: a report of ${type} needs a transfer`);
  return found.transfer;
}

/** Stripe is asked first: what the record has not heard of must not be sent once more. */
async function sendWaiting(ports: EscrowPorts, payment: Payment): Promise<Result<Repaired, Fault>> {
  const transfer = payment.status === 'RELEASED' ? payment.transfer : null;
  if (transfer === null) return ok('changed');
  const { transferId } = transfer;
  const { id: installation } = ports.installation;
  const known = await ports.gateway.findTransfer({ payment, transferId, installation });
  if (known.isErr()) return err(known.error);
  if (known.value !== null) return tellTransfer(ports, payment, known.value);
  return (await sendTransfer(ports, payment)).map(() => 'done');
}

async function tellTransfer(
  ports: EscrowPorts,
  payment: Payment,
  transfer: TransferSnapshot,
): Promise<Result<Repaired, Fault>> {
  const outcome = { type: 'sent', transfer } as const;
  const report = { type: 'transfer', operationKey: null, outcome } as const;
  const applied = await applyReport(ports, payment, report);
  const followed = await followUp(ports, applied);
  return followed.andThen(() => applied.map(({ changed }) => (changed ? 'done' : 'changed')));
}

/**
 * As if its metadata named the payment, of which it says nothing: a person has said so. Amount,
 * currency and customer must fit nevertheless.
 */
function named(
  { installation }: EscrowPorts,
  { id, orderId }: Payment,
  { intent, createdAt }: TheirSide,
): TheirSide {
  const origin = { installation: installation.id, paymentId: id, orderId };
  return { intent: isNamed(intent) ? intent : { ...intent, origin }, createdAt };
}

async function tell(
  ports: EscrowPorts,
  payment: Payment,
  { intent }: TheirSide,
): Promise<Result<Repaired, Fault>> {
  const report = { type: 'intent', intent, authoritative: true, refused: null } as const;
  const applied = await applyReport(ports, payment, report);
  const followed = await followUp(ports, applied);
  return followed.andThen(() => applied.map(({ changed }) => (changed ? 'done' : 'changed')));
}

/** What was captured meanwhile is no longer a hold that could be let go. */
async function cancelExtra(
  ports: EscrowPorts,
  payment: Payment,
  { intent: { paymentIntentId } }: TheirSide,
): Promise<Result<Repaired, Fault>> {
  const canceled = await cancelOrphan(
    ports,
    { payment, paymentIntentId },
    (now) => isAlive(now) && now.status !== 'succeeded',
  );
  return canceled.map(doneIf);
}

function doneIf(marked: Payment | null): Repaired {
  return marked === null ? 'changed' : 'done';
}

async function resume(ports: EscrowPorts, payment: Payment): Promise<Result<Repaired, Fault>> {
  const taken = await takeOver(ports, payment);
  if (taken.isErr()) return err(taken.error);
  if (taken.value === 'stale') return ok('changed');
  return taken.value.fault === null ? ok('done') : err(taken.value.fault);
}
