import { err, ok, type Result } from 'neverthrow';
import { type Failure, invalid, missing } from '../api/failure.js';
import { listing, readList } from '../api/listing.js';
import { patchMetadata, type Reader } from '../api/reader.js';
import { found, type Route, route, showing } from '../api/routes.js';
import { change, emit, stamp, type World } from '../state/world.js';
import { newId } from './ids.js';
import type { CustomerRecord } from './records.js';

const NOT_BUILT = [
  'address',
  'balance',
  'business_name',
  'cash_balance',
  'coupon',
  'individual_name',
  'invoice_prefix',
  'next_invoice_sequence',
  'payment_method',
  'preferred_locales',
  'promotion_code',
  'shipping',
  'source',
  'tax',
  'tax_exempt',
  'tax_id_data',
  'test_clock',
];

function readFields(params: Reader) {
  params.notBuilt(...NOT_BUILT);
  const invoice = params.inside('invoice_settings');
  invoice.notBuilt('custom_fields', 'footer', 'rendering_options');
  return {
    email: params.clearable('email', { max: 512 }),
    name: params.clearable('name', { max: 256 }),
    phone: params.clearable('phone', { max: 20 }),
    description: params.clearable('description', { max: 5000 }),
    metadata: params.metadata(),
    defaultMethod: invoice.clearable('default_payment_method'),
  };
}

type Fields = ReturnType<typeof readFields>;

const BLANK = {
  email: null,
  name: null,
  phone: null,
  description: null,
  metadata: {},
  defaultMethod: null,
  deleted: false,
};

/** The customer with these fields, when they are allowed. */
function merged(
  world: World,
  customer: CustomerRecord,
  fields: Fields,
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
  return patchMetadata(customer.metadata, fields.metadata).map((metadata) => ({
    ...customer,
    email: email === undefined ? customer.email : email,
    name: name === undefined ? customer.name : name,
    phone: phone === undefined ? customer.phone : phone,
    description: description === undefined ? customer.description : description,
    defaultMethod: defaultMethod === undefined ? customer.defaultMethod : defaultMethod,
    metadata,
  }));
}

function existing(world: World, id: string | undefined): Result<CustomerRecord, Failure> {
  const customer = found(world, 'customer', { id, param: 'id' });
  if (customer.isOk() && customer.value.deleted) {
    return err(missing('customer', { id: customer.value.id, param: 'id', status: 404 }));
  }
  return customer;
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

export const customerRoutes: readonly Route[] = [
  route('POST', '/v1/customers', {
    answers: 'customer',
    read: readFields,
    run: (world, fields) => {
      const blank = { id: newId('cus'), ...stamp(world, 'customer'), ...BLANK };
      return merged(world, blank, fields).map((record) => {
        world.store.put('customer', record);
        emit(world, 'customer.created', { kind: 'customer', record });
        return showing('customer', record);
      });
    },
  }),
  route('GET', '/v1/customers', {
    answers: { listOf: 'customer' },
    read: (params) => {
      params.notBuilt('test_clock');
      return { list: readList(params), email: params.text('email', { max: 512 }) };
    },
    run: (world, { list, email }) =>
      listing(world, 'customer', {
        params: list,
        url: '/v1/customers',
        by: email === undefined ? undefined : { index: 'email', value: email },
        keep: (customer) => !customer.deleted,
      }),
  }),
  route('GET', '/v1/customers/:customer', {
    answers: 'customer',
    read: () => ({}),
    run: (world, _params, { customer: id }) =>
      found(world, 'customer', { id, param: 'id' }).map((customer) =>
        showing('customer', customer),
      ),
  }),
  route('POST', '/v1/customers/:customer', {
    answers: 'customer',
    read: readFields,
    run: (world, fields, { customer: id }) =>
      existing(world, id)
        .andThen((customer) => merged(world, customer, fields))
        .map((record) => {
          world.store.put('customer', record);
          emit(world, 'customer.updated', { kind: 'customer', record });
          return showing('customer', record);
        }),
  }),
  route('DELETE', '/v1/customers/:customer', {
    read: () => ({}),
    run: (world, _params, { customer: id }) =>
      existing(world, id).map((customer) => {
        emit(world, 'customer.deleted', { kind: 'customer', record: customer });
        // Its cards go with it, and can't pay again.
        for (const method of world.store.tables.payment_method.withKey('customer', customer.id)) {
          change(world, 'payment_method', { record: method, to: { customer: null, spent: true } });
        }
        const record = change(world, 'customer', { record: customer, to: { deleted: true } });
        return showing('customer', record);
      }),
  }),
];
