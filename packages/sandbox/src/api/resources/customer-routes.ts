import { err, type Result } from 'neverthrow';
import { type CustomerFields, deleteCustomer } from '../../model/customer.js';
import { createCustomerWith, updateCustomerWith } from '../../model/customer-source.js';
import { type Failure, missing } from '../../model/failure.js';
import type { CustomerRecord } from '../../state/records.js';
import type { World } from '../../state/world.js';
import { showing } from '../answer.js';
import { listing, readList } from '../list-query.js';
import type { Reader } from '../reader.js';
import { found, type Route, route } from '../route.js';

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
  'tax',
  'tax_exempt',
  'tax_id_data',
  'test_clock',
  'validate',
];

/** What a customer is made of or changed by; `token` is that of a card to keep. */
interface CustomerParams {
  readonly fields: CustomerFields;
  readonly token: string | undefined;
}

function readCustomer(params: Reader): CustomerParams {
  return { fields: readFields(params), token: readToken(params) };
}

/** A card by a test token. Its number in parts is what Stripe takes from hardly anybody any more. */
export function readToken(params: Reader): string | undefined {
  if (!params.has('source') || params.isScalar('source')) return params.text('source');
  params.notBuilt('source');
  return undefined;
}

function readFields(params: Reader): CustomerFields {
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
    defaultSource: params.text('default_source'),
  };
}

/** The customer that the path names, unless deleted. */
export function existingCustomer(
  world: World,
  id: string | undefined,
): Result<CustomerRecord, Failure> {
  const customer = found(world, 'customer', { id, param: 'id' });
  if (customer.isOk() && customer.value.deleted) {
    return err(missing('customer', { id: customer.value.id, param: 'id', status: 404 }));
  }
  return customer;
}

const shown = (customer: CustomerRecord) => showing('customer', customer);

export const customerRoutes: readonly Route[] = [
  route('POST', '/v1/customers', {
    answers: 'customer',
    read: readCustomer,
    run: (world, { fields, token }) => createCustomerWith(world, fields, token).map(shown),
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
      found(world, 'customer', { id, param: 'id' }).map(shown),
  }),
  route('POST', '/v1/customers/:customer', {
    answers: 'customer',
    read: readCustomer,
    run: (world, changes, { customer: id }) =>
      existingCustomer(world, id)
        .andThen((customer) => updateCustomerWith(world, customer, changes))
        .map(shown),
  }),
  route('DELETE', '/v1/customers/:customer', {
    read: () => ({}),
    run: (world, _params, { customer: id }) =>
      existingCustomer(world, id).map((customer) => shown(deleteCustomer(world, customer))),
  }),
];
