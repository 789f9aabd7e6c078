import type { CaptureOperation, CaptureTerms } from '../operation/operation.js';
import { closed, operationFor } from '../operation/operation-steps.js';
import type { DecisionContext } from '../payment/decision-context.js';
import type { AuthorizedPayment } from '../payment/payment.js';
import type { ReleasedTerms, Step } from '../payment/payment-events.js';
import { ODD_CAPTURE, owedTransfer } from '../payment/release-terms.js';
import type { Transfer } from '../payment/transfer.js';
import type { IntentSnapshot } from './intent.js';
import type { TransferOutcome } from './transfer-report.js';
import { asSent, obstacleSteps } from './transfer-steps.js';

/** What a capture is judged by beside the PaymentIntent. */
export interface CaptureContext extends Omit<DecisionContext, 'correlationId'> {
  /** What became of the transfer, where it was asked for together with the capture. */
  readonly transfer?: TransferOutcome | undefined;
}

/** A capture of ours is done: what was taken is told with whose it is, and goes on to the runner. */
export function captureSteps(
  { amount }: AuthorizedPayment,
  operation: CaptureOperation,
  intent: IntentSnapshot,
  context: CaptureContext,
): readonly Step[] {
  const { runnerId, terms } = operation.params;
  const { receivedMinor } = intent;
  const dueMinor = terms?.dueMinor ?? amount.amountMinor;
  const reason = `${receivedMinor} of ${dueMinor} minor units were captured`;
  const odd: Step[] = receivedMinor === dueMinor ? [] : [{ type: 'review_needed', reason }];
  const done = closed(operation, 'done');
  if (terms === undefined || runnerId === null)
    return [done, { type: 'released', runnerId, receivedMinor }, ...odd];
  const onward = onwardSteps(operation, runnerId, terms, intent, context);
  const { dueMinor: due, tipMinor, feeMinor } = terms;
  const kept = Math.min(feeMinor, receivedMinor);
  const told: ReleasedTerms = {
    dueMinor: due,
    tipMinor: Math.min(tipMinor, receivedMinor),
    feeMinor: kept,
    transfer: onward.transfer,
  };
  return [
    done,
    { type: 'released', runnerId, receivedMinor, terms: told },
    ...odd,
    ...onward.steps,
  ];
}

/** What becomes of the runner's share: sent already, to be sent now, or waiting. */
function onwardSteps(
  { correlationId, openedAt }: CaptureOperation,
  runnerId: string,
  { transfer: planned, dueMinor, feeMinor }: CaptureTerms,
  { chargeId = null, receivedMinor }: IntentSnapshot,
  { transfer: outcome, ...context }: CaptureContext,
): { readonly transfer: Transfer | null; readonly steps: readonly Step[] } {
  if (planned === null) return { transfer: null, steps: [] };
  const { now } = context;
  const owed = owedTransfer(planned, { runnerId, now, chargeId });
  if (receivedMinor !== dueMinor) {
    const amountMinor = Math.max(0, receivedMinor - feeMinor);
    return looked({
      ...owed,
      amountMinor,
      status: 'needs_review',
      nextTryAt: null,
      reason: ODD_CAPTURE,
    });
  }
  if (outcome?.type === 'sent') {
    const transfer = asSent(owed, outcome.transfer);
    return { transfer, steps: [{ type: 'transfer_sent', transfer, nettings: [] }] };
  }
  if (outcome?.type === 'refused') {
    const steps = obstacleSteps(owed, outcome, now);
    const [first] = steps;
    const transfer = first !== undefined && 'transfer' in first ? first.transfer : owed;
    return { transfer, steps };
  }
  if (owed.status === 'waiting_account') return looked(owed);
  const { stripeAccount, transferId, amountMinor, key: operationKey, waits } = planned;
  const told: Step = { type: 'transfer_owed', transfer: owed };
  if (waits || stripeAccount === null) return { transfer: owed, steps: [told] };
  const params = { transferId, stripeAccount, amountMinor, chargeId };
  const call = { kind: 'transfer', params } as const;
  const operation = operationFor(call, { ...context, operationKey, correlationId });
  // Its key is as old as the capture's: it may have been sent ever since.
  const open: Step = { type: 'operation_opened', operation: { ...operation, openedAt } };
  return { transfer: owed, steps: [told, open] };
}

function looked(transfer: Transfer) {
  return { transfer, steps: [{ type: 'transfer_waiting', transfer }] } as const;
}
