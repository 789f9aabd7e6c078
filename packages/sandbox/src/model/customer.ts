import { err, ok, type Result } from 'neverthrow';
import { newId } from '../state/ids.js';
import type { CustomerRecord } from '../state/records.js';
import { change, emit, stamp, type World } from '../state/world.js';
import { type Failure, invalid, missing } from './failure.js';
import { type MetadataPatch, patchMetadata } from './metadata.js';

/** What a request gives of a customer: undefined leaves a field as it is, null removes it. */
export interface CustomerFields {
  readonly email: string | null | undefined;
  readonly name: string | null | undefined;
  readonly phone: string | null | undefined;
  readonly description: string | null | undefined;
  readonly metadata: MetadataPatch | undefined;
  readonly defaultMethod: string | null | undefined;
  readonly defaultSource: string | undefined;
}

const BLANK = {
  email: null,
  name: null,
  phone: null,
  description: null,
  metadata: {},
  defaultMethod: null,
  defaultSource: null,
  deleted: false,
};

/** The customer with these fields, when they are allowed. */
function merged(
  world: World,
  customer: CustomerRecord,
  fields: CustomerFields,
): Result<CustomerRecord, Failure> {
  const { email, name, phone, description, defaultMethod } = fields;
  if (typeof email === 'string' && !/^[^\s@]+@[^\s@]+$/.test(email)) {
    return err(
      invalid(`Invalid email address: ${email}`, { code: 'email_invalid', param: 'email' }),
    );
  }
  if (typeof defaultMethod === 'string') {
    if (world.store.get('payment_method', defaultMethod)?.customer !== customer.id) {
      const param = 'invoice_settings[default_payment_method]';
      const message = `The customer does not have a payment method with the ID ${defaultMethod}. The payment method must be attached to the customer.`;
      return err(invalid(message, { code: 'resource_missing', param }));
    }
  }
  const { defaultSource } = fields;
  if (defaultSource !== undefined) {
    const source = world.store.get('payment_method', defaultSource);
    if (source?.customer !== customer.id || !defaultSource.startsWith('card_')) {
      const named = { id: defaultSource, param: 'default_source', status: 400 } as const;
      return err(missing('source', named));
    }
  }
  return patchMetadata(customer.metadata, fields.metadata).map((metadata) => ({
    ...customer,
    email: email === undefined ? customer.email : email,
    name: name === undefined ? customer.name : name,
    phone: phone === undefined ? customer.phone : phone,
    description: description === undefined ? customer.description : description,
    defaultMethod: defaultMethod === undefined ? customer.defaultMethod : defaultMethod,
    defaultSource: defaultSource ?? customer.defaultSource ?? null,
    metadata,
  }));
}

/** A customer that a parameter names; a deleted one can't be used. */
export function usableCustomer(
  world: World,
  id: string | undefined,
): Result<CustomerRecord | null, Failure> {
  if (id === undefined) return ok(null);
  const customer = world.store.get('customer', id);
  if (customer !== undefined && !customer.deleted) return ok(customer);
  return err(missing('customer', { id, param: 'customer', status: 400 }));
}

export function createCustomer(
  world: World,
  fields: CustomerFields,
): Result<CustomerRecord, Failure> {
  const blank = { id: newId('cus'), ...stamp(world, 'customer'), ...BLANK };
  return merged(world, blank, fields).map((record) => {
    world.store.put('customer', record);
    emit(world, 'customer.created', { kind: 'customer', record });
    return record;
  });
}

export function updateCustomer(
  world: World,
  customer: CustomerRecord,
  fields: CustomerFields,
): Result<CustomerRecord, Failure> {
  return merged(world, customer, fields).map((record) => {
    world.store.put('customer', record);
    emit(world, 'customer.updated', { kind: 'customer', record });
    return record;
  });
}

/** Its cards go with it, and can't pay again. */
export function deleteCustomer(world: World, customer: CustomerRecord): CustomerRecord {
  emit(world, 'customer.deleted', { kind: 'customer', record: customer });
  for (const method of world.store.tables.payment_method.withKey('customer', customer.id)) {
    change(world, 'payment_method', { record: method, to: { customer: null, spent: true } });
  }
  return change(world, 'customer', { record: customer, to: { deleted: true } });
}
