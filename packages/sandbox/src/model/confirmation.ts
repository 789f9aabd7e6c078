import { err, ok, type Result } from 'neverthrow';
import { newId } from '../state/ids.js';
import type { ChargeFailure, ChargeRecord, IntentRecord, MethodRecord } from '../state/records.js';
import { change, emit, stamp, type World } from '../state/world.js';
import { planDispute } from './dispute.js';
import { cardError, type Failure, invalid, unexpectedState } from './failure.js';
import { planCharge } from './hold-end.js';
import { grantedFeatures, holdSeconds } from './hold-features.js';
import { attachTo, type Chosen, chosenMethod, hasExpired, payable } from './payment-method.js';
import { shownIntent } from './payment-shapes.js';
import { settleCapture } from './settlement.js';
import { render } from './shapes.js';
import { EXPIRED, testCardOf } from './test-cards.js';

/** How a confirmation behaves. */
export interface ConfirmParams {
  readonly returnUrl: string | undefined;
  readonly offSession: boolean;
  readonly errorOnAction: boolean;
}

const AUTHENTICATION_REQUIRED: ChargeFailure = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

const REDIRECTING =
  "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.";

/**
 * Finds the method for a confirmation and checks all that Stripe refuses with 400: nothing is
 * changed, so a refused create leaves no intent behind.
 */
export function checkConfirm(
  world: World,
  intent: IntentRecord,
  { method, params }: { method: string | undefined; params: ConfirmParams },
): Result<Chosen, Failure> {
  const id = method ?? intent.method;
  if (id === null) {
    const message =
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.";
    return err(unexpectedState(message, shownIntent(world, intent)));
  }
  const returnUrl = params.returnUrl ?? intent.returnUrl;
  if (intent.automaticMethods?.redirects === true && returnUrl === null && !params.offSession) {
    return err(invalid(REDIRECTING));
  }
  const chosen = chosenMethod(world, { id, param: 'payment_method', status: 400 });
  if (chosen.isErr()) return err(chosen.error);
  return payable(chosen.value.method, intent).map(() => chosen.value);
}

/** Confirms with a method that `checkConfirm` found: a hold or charge, a 3DS request, or a decline. */
export function confirmWithMethod(
  world: World,
  intent: IntentRecord,
  { chosen, params }: { chosen: Chosen; params: ConfirmParams },
): Result<IntentRecord, Failure> {
  const method = consume(world, intent, chosen);
  // Not stored yet: the outcome decides which version is.
  const pending: IntentRecord = {
    ...intent,
    method: method.id,
    returnUrl: params.returnUrl ?? intent.returnUrl,
    lastError: null,
  };
  const { decline: refused, authentication } = testCardOf(method);
  const decline = hasExpired(world, method) ? EXPIRED : refused;
  const { offSession } = params;
  if (decline !== undefined)
    return err(fail(world, pending, { method, failure: decline, offSession }));
  if (authentication === undefined) {
    return ok(authorizeIntent(world, pending, { method, authenticated: false, offSession }));
  }
  if (offSession || params.errorOnAction) {
    return err(fail(world, pending, { method, failure: AUTHENTICATION_REQUIRED, offSession }));
  }
  const record = change(world, 'payment_intent', {
    record: pending,
    to: { status: 'requires_action' },
  });
  emit(world, 'payment_intent.requires_action', { kind: 'payment_intent', record });
  return ok(record);
}

/** Without a customer a method pays once; a fresh one is stored only now. */
function consume(world: World, intent: IntentRecord, { method, fresh }: Chosen): MethodRecord {
  const reusable = method.customer !== null || intent.setupFutureUsage !== null;
  if (!reusable) return change(world, 'payment_method', { record: method, to: { spent: true } });
  if (fresh) world.store.put('payment_method', method);
  return method;
}

function newCharge(
  world: World,
  intent: IntentRecord,
  { method, offSession }: { method: MethodRecord; offSession: boolean },
): ChargeRecord {
  return {
    id: newId('ch'),
    ...stamp(world, 'charge'),
    amount: intent.amount,
    currency: intent.currency,
    amountCaptured: 0,
    amountRefunded: 0,
    captured: false,
    failure: null,
    intent: intent.id,
    customer: intent.customer,
    method: method.id,
    card: method.card,
    expMonth: method.expMonth,
    expYear: method.expYear,
    authenticated: false,
    offSession,
    captureBefore: null,
    description: intent.description,
    metadata: intent.metadata,
    transferGroup: intent.transferGroup,
  };
}

function fail(
  world: World,
  intent: IntentRecord,
  {
    method,
    failure,
    offSession,
  }: { method: MethodRecord; failure: ChargeFailure; offSession: boolean },
): Failure {
  const charge: ChargeRecord = { ...newCharge(world, intent, { method, offSession }), failure };
  world.store.put('charge', charge);
  const shown = render({ kind: 'payment_method', record: method }, world.shows);
  const error = cardError(failure, { charge: charge.id, payment_method: shown });
  const { payment_intent: _, ...lastError } = error.error;
  const record = change(world, 'payment_intent', {
    record: intent,
    to: {
      status: 'requires_payment_method',
      method: null,
      latestCharge: charge.id,
      lastError: lastError as NonNullable<IntentRecord['lastError']>,
    },
  });
  emit(world, 'charge.failed', { kind: 'charge', record: charge });
  emit(world, 'payment_intent.payment_failed', { kind: 'payment_intent', record });
  return { ...error, error: { ...error.error, payment_intent: shownIntent(world, record) } };
}

/** The bank says yes: a hold under manual capture, otherwise a completed charge. */
export function authorizeIntent(
  world: World,
  intent: IntentRecord,
  {
    method,
    authenticated,
    offSession,
  }: { method: MethodRecord; authenticated: boolean; offSession: boolean },
): IntentRecord {
  const manual = intent.captureMethod === 'manual';
  const created = newCharge(world, intent, { method, offSession });
  const card = testCardOf(method);
  const features = grantedFeatures(intent, card);
  const charge: ChargeRecord = {
    ...created,
    authenticated,
    captured: !manual,
    amountCaptured: manual ? 0 : intent.amount,
    captureBefore: manual ? created.created + holdSeconds(intent, card, features) : null,
    ...(features.length === 0 ? {} : { features }),
  };
  world.store.put('charge', charge);
  if (!manual) settleCapture(world, charge);
  const done: Partial<IntentRecord> = manual
    ? { status: 'requires_capture', amountCapturable: intent.amount }
    : { status: 'succeeded', amountReceived: intent.amount };
  const record = change(world, 'payment_intent', {
    record: intent,
    to: { ...done, latestCharge: charge.id },
  });
  emit(world, 'charge.succeeded', { kind: 'charge', record: charge });
  const type = manual ? 'payment_intent.amount_capturable_updated' : 'payment_intent.succeeded';
  emit(world, type, { kind: 'payment_intent', record });
  if (manual) planCharge(world, charge);
  else planDispute(world, charge);
  const { customer, setupFutureUsage } = intent;
  if (setupFutureUsage !== null && customer !== null && method.customer === null) {
    attachTo(world, method, customer);
  }
  return record;
}
