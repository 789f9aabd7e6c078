import { err, ok, type Result } from 'neverthrow';
import type { CustomerRecord, MethodRecord } from '../state/records.js';
import { change, type World } from '../state/world.js';
import { type CustomerFields, createCustomer, updateCustomer } from './customer.js';
import { type Failure, missing } from './failure.js';
import { bankAgrees, blankMethod, detach, isSource } from './payment-method.js';
import { TEST_CARDS } from './test-cards.js';

/** The card that a test token (`tok_visa`) stands for, not stored: its bank was asked. */
function cardOfToken(world: World, token: string): Result<MethodRecord, Failure> {
  const name = token.startsWith('tok_') ? token.slice('tok_'.length) : '';
  if (!Object.hasOwn(TEST_CARDS, name)) {
    return err(missing('token', { id: token, param: 'source', status: 400 }));
  }
  const card = blankMethod(world, name, 'card');
  return bankAgrees(world, card).map(() => card);
}

function keep(
  world: World,
  card: MethodRecord,
  { customer, isDefault }: { customer: CustomerRecord; isDefault: boolean },
): { readonly card: MethodRecord; readonly customer: CustomerRecord } {
  const kept = change(world, 'payment_method', { record: card, to: { customer: customer.id } });
  if (!isDefault) return { card: kept, customer };
  const to = { defaultSource: kept.id };
  return { card: kept, customer: change(world, 'customer', { record: customer, to }) };
}

/** Keeps a card with the customer; the first one is the default. */
export function addSource(
  world: World,
  customer: CustomerRecord,
  token: string,
): Result<MethodRecord, Failure> {
  const isDefault = (customer.defaultSource ?? null) === null;
  return cardOfToken(world, token).map((card) => keep(world, card, { customer, isDefault }).card);
}

/** Makes a customer, with a card as their default source if a token is given. */
export function createCustomerWith(
  world: World,
  fields: CustomerFields,
  token: string | undefined,
): Result<CustomerRecord, Failure> {
  if (token === undefined) return createCustomer(world, fields);
  return cardOfToken(world, token).andThen((card) =>
    createCustomer(world, fields).map(
      (customer) => keep(world, card, { customer, isDefault: true }).customer,
    ),
  );
}

/** Changes a customer; a token's card becomes their default source in place of the one before. */
export function updateCustomerWith(
  world: World,
  customer: CustomerRecord,
  { fields, token }: { fields: CustomerFields; token: string | undefined },
): Result<CustomerRecord, Failure> {
  if (token === undefined) return updateCustomer(world, customer, fields);
  return cardOfToken(world, token).andThen((card) =>
    updateCustomer(world, customer, fields).andThen((updated) => {
      const before = world.store.get('payment_method', updated.defaultSource ?? '');
      const { customer: owner } = keep(world, card, { customer: updated, isDefault: true });
      return before === undefined ? ok(owner) : detach(world, before).map(() => owner);
    }),
  );
}

/** The card of this customer that the path names, or 404. */
export function sourceOf(
  world: World,
  customer: CustomerRecord,
  id: string,
): Result<MethodRecord, Failure> {
  const method = world.store.get('payment_method', id);
  if (method !== undefined && method.customer === customer.id && isSource(method)) {
    return ok(method);
  }
  return err(missing('source', { id, param: 'id', status: 404 }));
}
