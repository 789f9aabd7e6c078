import { err, ok, type Result } from 'neverthrow';
import { newId } from '../state/ids.js';
import type { BillingDetails, IntentRecord, MethodRecord } from '../state/records.js';
import { change, emit, stamp, type World } from '../state/world.js';
import { usableCustomer } from './customer.js';
import { cardError, type Failure, invalid, missing } from './failure.js';
import { type MetadataPatch, patchMetadata } from './metadata.js';
import { render } from './shapes.js';
import { cardNamed, luhnValid, TEST_CARDS, testCardOf } from './test-cards.js';

const REUSED =
  'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, ' +
  'shared with a connected account without Customer attachment, or was detached from a Customer. ' +
  'It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.';

/** Stripe's test token of a bank account that pays: here it can only be kept, and holds nothing. */
const BANK_ACCOUNT = 'pm_usBankAccount_success';

/** A payment method, and whether it was only now made from a test token. */
export interface Chosen {
  readonly method: MethodRecord;
  readonly fresh: boolean;
}

/** A card as a test token stands for it, not stored. */
export function blankMethod(
  world: World,
  card: string,
  prefix: 'card' | 'pm' = 'pm',
): MethodRecord {
  return {
    id: newId(prefix),
    ...stamp(world, 'payment_method'),
    card,
    expMonth: 12,
    expYear: world.clock.now().getUTCFullYear() + 3,
    customer: null,
    spent: false,
    metadata: {},
    billing: { email: null, name: null, phone: null },
  };
}

/**
 * Finds the payment method that a parameter names. A test token (`pm_card_visa`) makes a new one
 * each time, as at Stripe; it is not stored yet, the caller puts it when nothing else is wrong.
 */
export function chosenMethod(
  world: World,
  { id, param, status }: { id: string; param: string; status: 400 | 404 },
): Result<Chosen, Failure> {
  if (id === BANK_ACCOUNT) {
    const account = { ...blankMethod(world, ''), type: 'us_bank_account' } as const;
    return ok({ method: account, fresh: true });
  }
  if (id.startsWith('pm_card_')) {
    const card = id.slice('pm_card_'.length);
    if (Object.hasOwn(TEST_CARDS, card))
      return ok({ method: blankMethod(world, card), fresh: true });
  }
  const method = world.store.get('payment_method', id);
  if (method !== undefined) return ok({ method, fresh: false });
  return err(missing('PaymentMethod', { id, param, status }));
}

/** Whether this intent's customer (null: nobody) may pay it with this method now. */
export function payable(
  method: MethodRecord,
  { customer, allowedTypes }: Pick<IntentRecord, 'customer' | 'allowedTypes'>,
): Result<MethodRecord, Failure> {
  const param = 'payment_method';
  if (method.spent) return err(invalid(REUSED, { param }));
  if (method.type !== undefined) {
    const types = allowedTypes ?? ['card'];
    const message = `The PaymentMethod provided (${method.type}) is not allowed for this PaymentIntent. Please attach a PaymentMethod of one of the following types: ${types.join(', ')}. Alternatively, update the allowed payment_method_types for this PaymentIntent to include "${method.type}".`;
    return err(invalid(message, { param }));
  }
  if (method.customer === null || method.customer === customer) return ok(method);
  const message =
    customer === null
      ? `The payment method supplied (${method.id}) belongs to a Customer. Please include the Customer in the \`customer\` parameter on the PaymentIntent.`
      : `The payment method supplied (${method.id}) belongs to the Customer ${method.customer}. It may not be used with the Customer ${customer}.`;
  return err(invalid(message, { param }));
}

/** Attaches without a check; returns the new version. */
export function attachTo(world: World, method: MethodRecord, customer: string): MethodRecord {
  const record = change(world, 'payment_method', { record: method, to: { customer } });
  emit(world, 'payment_method.attached', { kind: 'payment_method', record });
  return record;
}

/** A card as a customer types it in. */
export interface CardDetails {
  /** Digits only. */
  readonly number: string;
  readonly expMonth: number;
  /** Of two digits or four. */
  readonly expYear: number;
  readonly cvc: string | undefined;
  readonly metadata: MetadataPatch | undefined;
  readonly billing: BillingDetails;
}

function cardFailure(world: World, card: CardDetails): Failure | undefined {
  const failure = (code: string, message: string, param: string) =>
    cardError({ code, declineCode: code, message, param });
  if (!luhnValid(card.number)) {
    return failure('incorrect_number', 'Your card number is incorrect.', 'number');
  }
  const now = world.clock.now();
  const year = card.expYear < 100 ? 2000 + card.expYear : card.expYear;
  if (year < now.getUTCFullYear() || year > now.getUTCFullYear() + 50) {
    return failure('invalid_expiry_year', "Your card's expiration year is invalid.", 'exp_year');
  }
  if (year === now.getUTCFullYear() && card.expMonth < now.getUTCMonth() + 1) {
    return failure('invalid_expiry_month', "Your card's expiration month is invalid.", 'exp_month');
  }
  if (card.cvc !== undefined && !/^\d{3,4}$/.test(card.cvc)) {
    return failure('invalid_cvc', "Your card's security code is invalid.", 'cvc');
  }
  return undefined;
}

export function createMethod(world: World, params: CardDetails): Result<MethodRecord, Failure> {
  const failure = cardFailure(world, params);
  if (failure !== undefined) return err(failure);
  const card = cardNamed(params.number);
  if (card === undefined) {
    const message =
      'Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.';
    return err(cardError({ code: 'card_declined', declineCode: 'test_mode_live_card', message }));
  }
  const { expMonth, billing } = params;
  const expYear = params.expYear < 100 ? 2000 + params.expYear : params.expYear;
  return patchMetadata({}, params.metadata).map((metadata) => {
    const record = { ...blankMethod(world, card), expMonth, expYear, billing, metadata };
    world.store.put('payment_method', record);
    return record;
  });
}

/** Stripe asks the bank when a card is attached, so a card that declines is refused here already. */
export function attach(
  world: World,
  { id, customer }: { id: string; customer: string },
): Result<MethodRecord, Failure> {
  const chosen = chosenMethod(world, { id, param: 'payment_method', status: 404 });
  if (chosen.isErr()) return err(chosen.error);
  const owner = usableCustomer(world, customer);
  if (owner.isErr()) return err(owner.error);
  const { method } = chosen.value;
  if (method.customer === customer) return ok(method);
  if (method.customer !== null) {
    const message = 'The payment method you provided has already been attached to a customer.';
    return err(invalid(message, { param: 'payment_method' }));
  }
  if (method.spent) {
    const message =
      'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.';
    return err(invalid(message, { param: 'payment_method' }));
  }
  return bankAgrees(world, method).map(() => attachTo(world, method, customer));
}

/** What the bank says when a card is to be kept. */
export function bankAgrees(world: World, method: MethodRecord): Result<void, Failure> {
  if (method.type !== undefined) return ok();
  const { decline, attachable } = testCardOf(method);
  if (decline === undefined || attachable === true) return ok();
  const shown = render({ kind: 'payment_method', record: method }, world.shows);
  return err(cardError(decline, { payment_method: shown }));
}

/** Whether a card's month is over on the sandbox's clock. */
export function hasExpired(world: World, { expMonth, expYear }: MethodRecord): boolean {
  return world.clock.nowMs() >= Date.UTC(expYear, expMonth);
}

/** The cards of the older API that a customer has, the newest first. */
export function sourcesOf(world: World, customer: string): MethodRecord[] {
  const methods = world.store.tables.payment_method.withKey('customer', customer);
  return methods.filter(isSource).reverse();
}

/** A card of the API before PaymentMethods: it is one of these as well, under the same id. */
export function isSource({ id }: { readonly id: string }): boolean {
  return id.startsWith('card_');
}

/** Stripe makes the newest of the others the default one. */
function nextSource(world: World, { id, customer }: MethodRecord): string | null {
  const others = sourcesOf(world, customer ?? '').filter((other) => other.id !== id);
  return others[0]?.id ?? null;
}

export function detach(world: World, method: MethodRecord): Result<MethodRecord, Failure> {
  if (method.customer === null) {
    const message =
      'The payment method you provided is not attached to a customer so detachment is impossible.';
    return err(invalid(message, { param: 'payment_method' }));
  }
  const owner = world.store.get('customer', method.customer);
  if (owner?.defaultMethod === method.id) {
    change(world, 'customer', { record: owner, to: { defaultMethod: null } });
  } else if (owner?.defaultSource === method.id) {
    const defaultSource = nextSource(world, method);
    change(world, 'customer', { record: owner, to: { defaultSource } });
  }
  const to = { customer: null, spent: true };
  const record = change(world, 'payment_method', { record: method, to });
  const previous = { customer: method.customer };
  emit(world, 'payment_method.detached', { kind: 'payment_method', record }, previous);
  return ok(record);
}
