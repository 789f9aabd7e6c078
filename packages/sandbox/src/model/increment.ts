import { err, ok, type Result } from 'neverthrow';
import type { ChargeRecord, IntentRecord } from '../state/records.js';
import { change, emit, type World } from '../state/world.js';
import { amountProblem, formatMinor } from './currencies.js';
import { cardError, type Failure, invalid, unexpectedState } from './failure.js';
import { chargeOf } from './hold-end.js';
import { has } from './hold-features.js';
import { type MetadataPatch, patchMetadata } from './metadata.js';
import { shownIntent } from './payment-shapes.js';
import { testCardOf } from './test-cards.js';

/** What a hold is to become. */
export interface IncrementParams {
  /** The whole of it, in minor units: more than is held. */
  readonly amount: number;
  readonly description: string | null | undefined;
  readonly metadata: MetadataPatch | undefined;
  readonly statementDescriptor: string | null | undefined;
}

/** Tries per PaymentIntent, those that the bank declines as well. */
const MOST_TRIES = 10;

/** A step may be as large as the larger of these: 500.00, or 500 % of what is held. */
const STEP_MINOR = 50_000;
const STEP_FACTOR = 5;

function problemOf(
  world: World,
  intent: IntentRecord,
  { charge, amount }: { charge: ChargeRecord; amount: number },
): Failure | undefined {
  const { currency, amount: held } = intent;
  const payment_intent = shownIntent(world, intent);
  if (!has(charge, 'incremental_authorization')) {
    const message = 'This PaymentIntent does not support incremental authorization.';
    const code = 'payment_intent_invalid_parameter';
    return invalid(message, { code, payment_intent });
  }
  const param = 'amount';
  if (amount <= held) {
    const message = `The amount (${formatMinor(amount, currency)}) must be greater than the currently authorized amount (${formatMinor(held, currency)}).`;
    return invalid(message, { param, payment_intent });
  }
  const wrong = amountProblem(amount, currency);
  if (wrong !== undefined) return invalid(wrong.message, { code: wrong.code, param });
  const most = held + Math.max(STEP_MINOR, held * STEP_FACTOR);
  if (amount > most) {
    const message = `The authorization can be incremented to ${formatMinor(most, currency)} at most.`;
    return invalid(message, { code: 'amount_too_large', param, payment_intent });
  }
  if ((charge.increments ?? 0) < MOST_TRIES) return undefined;
  const message = `This PaymentIntent has reached the maximum of ${MOST_TRIES} incremental authorization attempts.`;
  return unexpectedState(message, payment_intent);
}

/** Asks the bank to hold more; when it declines, what it holds stays held. */
export function incrementHold(
  world: World,
  intent: IntentRecord,
  params: IncrementParams,
): Result<IntentRecord, Failure> {
  if (intent.status !== 'requires_capture') {
    const message = `This PaymentIntent's authorization could not be incremented because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be incremented: requires_capture.`;
    return err(unexpectedState(message, shownIntent(world, intent)));
  }
  const { amount, description, statementDescriptor } = params;
  const charge = chargeOf(world, intent);
  const problem = problemOf(world, intent, { charge, amount });
  if (problem !== undefined) return err(problem);
  const patched = patchMetadata(intent.metadata, params.metadata);
  if (patched.isErr()) return err(patched.error);
  const increments = (charge.increments ?? 0) + 1;
  const { incrementDecline } = testCardOf(charge);
  if (incrementDecline !== undefined) {
    change(world, 'charge', { record: charge, to: { increments } });
    const payment_intent = shownIntent(world, intent);
    return err(cardError(incrementDecline, { charge: charge.id, payment_intent }));
  }
  const raised = { amount, authorized: amount, increments };
  const held = change(world, 'charge', { record: charge, to: raised });
  const record = change(world, 'payment_intent', {
    record: intent,
    to: {
      amount,
      amountCapturable: amount,
      metadata: patched.value,
      description: description === undefined ? intent.description : description,
      ...(statementDescriptor === undefined ? {} : { statementDescriptor }),
    },
  });
  emit(world, 'charge.updated', { kind: 'charge', record: held }, { amount: charge.amount });
  emit(world, 'payment_intent.amount_capturable_updated', { kind: 'payment_intent', record });
  return ok(record);
}
