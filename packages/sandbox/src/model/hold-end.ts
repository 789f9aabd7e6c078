import { err, ok, type Result } from 'neverthrow';
import type { ChargeRecord, IntentRecord, IntentStatus } from '../state/records.js';
import { change, emit, type World } from '../state/world.js';
import { planDispute } from './dispute.js';
import { type Failure, invalid, unexpectedState } from './failure.js';
import { authorizedOf, maximumCapturable } from './hold-features.js';
import { type MetadataPatch, patchMetadata } from './metadata.js';
import { shownIntent } from './payment-shapes.js';
import { settleCapture } from './settlement.js';

export interface CaptureParams {
  readonly amount: number | undefined;
  readonly metadata: MetadataPatch | undefined;
  readonly statementDescriptor: string | null | undefined;
  readonly statementDescriptorSuffix: string | null | undefined;
}

/** The charge an intent points to; it exists whenever the id does. */
export function chargeOf(world: World, intent: IntentRecord): ChargeRecord {
  const charge = world.store.get('charge', intent.latestCharge ?? '');
  if (charge === undefined) throw new Error(`${intent.id} has no charge ${intent.latestCharge}`);
  return charge;
}

/** More than was held: the charge is of what was captured, and remembers what was held. */
function overcaptured(charge: ChargeRecord, captured: number): Partial<ChargeRecord> {
  const authorized = authorizedOf(charge);
  return captured > authorized ? { amount: captured, authorized } : {};
}

/** Takes all or a part of a hold; what is left of it is released, with no refund. */
export function capture(
  world: World,
  intent: IntentRecord,
  params: CaptureParams,
): Result<IntentRecord, Failure> {
  if (intent.status !== 'requires_capture') {
    const message = `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`;
    return err(unexpectedState(message, shownIntent(world, intent)));
  }
  const held = chargeOf(world, intent);
  const amount = params.amount ?? intent.amountCapturable;
  if (amount > maximumCapturable(held)) {
    const message =
      'The requested capture amount is greater than the amount you can capture for this charge.';
    const param = 'amount_to_capture';
    const shown = shownIntent(world, intent);
    return err(invalid(message, { code: 'amount_too_large', param, payment_intent: shown }));
  }
  const patched = patchMetadata(intent.metadata, params.metadata);
  if (patched.isErr()) return err(patched.error);
  const charge = change(world, 'charge', {
    record: held,
    to: { captured: true, amountCaptured: amount, ...overcaptured(held, amount) },
  });
  const { statementDescriptor, statementDescriptorSuffix } = params;
  const record = change(world, 'payment_intent', {
    record: intent,
    to: {
      status: 'succeeded',
      amountCapturable: 0,
      amountReceived: amount,
      amount: Math.max(intent.amount, amount),
      metadata: patched.value,
      ...(statementDescriptor === undefined ? {} : { statementDescriptor }),
      ...(statementDescriptorSuffix === undefined ? {} : { statementDescriptorSuffix }),
    },
  });
  settleCapture(world, charge);
  emit(world, 'charge.captured', { kind: 'charge', record: charge });
  emit(world, 'payment_intent.succeeded', { kind: 'payment_intent', record });
  planDispute(world, charge);
  return ok(record);
}

const CANCELABLE: readonly IntentStatus[] = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
];

/** Ends an intent; a hold is released, with no refund (API versions since 2025-03-31). */
export function cancel(
  world: World,
  intent: IntentRecord,
  reason: string | null,
): Result<IntentRecord, Failure> {
  if (!CANCELABLE.includes(intent.status)) {
    const message = `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, processing.`;
    return err(unexpectedState(message, shownIntent(world, intent)));
  }
  return ok(end(world, intent, reason));
}

function end(world: World, intent: IntentRecord, reason: string | null): IntentRecord {
  const record = change(world, 'payment_intent', {
    record: intent,
    to: {
      status: 'canceled',
      amountCapturable: 0,
      canceledAt: world.clock.seconds(),
      cancellationReason: reason,
    },
  });
  emit(world, 'payment_intent.canceled', { kind: 'payment_intent', record });
  return record;
}

/** Makes the hold behind this charge expire at its `capture_before`. */
export function planCharge(world: World, charge: ChargeRecord): void {
  if (charge.captureBefore === null || charge.captured) return;
  world.later(charge.captureBefore * 1000, () => expire(world, charge.id));
}

function expire(world: World, chargeId: string): void {
  const charge = world.store.get('charge', chargeId);
  const intent = world.store.get('payment_intent', charge?.intent ?? '');
  if (charge === undefined || intent?.status !== 'requires_capture') return;
  if (intent.latestCharge !== charge.id) return;
  emit(world, 'charge.expired', { kind: 'charge', record: charge });
  end(world, intent, 'expired');
}
