import { nameFor } from '../gateway/identity.js';
import type { GatewayReply } from '../gateway/payment-gateway.js';
import type { TransferOutcome } from '../gateway/transfer-report.js';
import type { Payment } from '../payment/payment.js';
import { plannedKeyOf } from '../payment/transfer.js';
import type { EscrowPorts, Fault } from '../ports.js';
import { SECOND_MS } from '../time/durations.js';
import { ageMs, KEY_LIFETIME_MS, TOO_OLD } from './key-lifetime.js';
import type { CaptureOperation, Operation, TransferOperation } from './operation.js';

/** A reply, and why the transfer that goes with it came to no answer. */
export interface SentAlong {
  readonly reply: GatewayReply;
  readonly fault: Fault | null;
}

/** For so long a release waits for its transfer, unless the host says otherwise. */
const WAIT_MS = 3 * SECOND_MS;

/**
 * Asks for the transfer that goes with a capture as soon as that is done, so that both are written down
 * at once. Its key stands in the capture's operation: whoever makes the call again makes the same one.
 */
export async function sendAlong(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
  reply: GatewayReply,
): Promise<SentAlong> {
  const transfer = operation.kind === 'capture' ? transferOf(operation, reply) : null;
  if (transfer === null || reply.report.type !== 'intent') return { reply, fault: null };
  // It may have been sent before under a key that Stripe has forgotten by now: that is looked for first.
  if (ageMs(operation, ports.clock.now()) >= KEY_LIFETIME_MS) return { reply, fault: TOO_OLD };
  const { gateway, installation, settings } = ports;
  const named = nameFor(installation, payment.createdAt);
  const withinMs = settings.transferWaitMs ?? WAIT_MS;
  const sent = await gateway.perform({
    payment,
    operation: transfer,
    installation: named,
    withinMs,
  });
  if (sent.isErr()) {
    // Whoever made the capture before may have sent it.
    const isUndone = sent.error.executed === 'no' && operation.attempts === 1;
    return isUndone ? withOutcome(reply, notNow(sent.error)) : { reply, fault: sent.error };
  }
  const { report } = sent.value;
  return report.type === 'transfer' ? withOutcome(reply, report.outcome) : { reply, fault: null };
}

/** Null where nothing is to be sent along, or not what was wanted was taken. */
function transferOf(
  { params, ...facts }: CaptureOperation,
  { report }: GatewayReply,
): TransferOperation | null {
  const { terms } = params;
  const planned = terms?.transfer ?? null;
  if (terms === undefined || planned === null || planned.waits || report.type !== 'intent')
    return null;
  const { status, receivedMinor, chargeId = null } = report.intent;
  const isWanted = status === 'succeeded' && receivedMinor === terms.dueMinor;
  const { transferId, key, stripeAccount, amountMinor } = planned;
  if (!isWanted || stripeAccount === null || chargeId === null) return null;
  const call = { transferId, stripeAccount, amountMinor, chargeId };
  return { ...facts, kind: 'transfer', key, params: call };
}

function withOutcome(reply: GatewayReply, transfer: TransferOutcome): SentAlong {
  const { report } = reply;
  if (report.type !== 'intent') return { reply, fault: null };
  return { reply: { ...reply, report: { ...report, transfer } }, fault: null };
}

/** What certainly was not made is tried later, and nothing has to wait for it. */
export function notNow({ reason: detail }: Fault): TransferOutcome {
  return { type: 'refused', obstacle: 'not_now', detail };
}

/** Whether a call is the first one under its key, whoever makes it. */
export function isFirstOfTransfer({ kind, key, attempts, params }: Operation): boolean {
  return kind === 'transfer' && attempts === 1 && key !== plannedKeyOf(params.transferId);
}
