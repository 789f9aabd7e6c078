import { err, type Result } from 'neverthrow';
import {
  type CustomerFields,
  createCustomer,
  deleteCustomer,
  updateCustomer,
} from '../../model/customer.js';
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
  'source',
  'tax',
  'tax_exempt',
  'tax_id_data',
  'test_clock',
];

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
  };
}

function existing(world: World, id: string | undefined): Result<CustomerRecord, Failure> {
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
    read: readFields,
    run: (world, fields) => createCustomer(world, fields).map(shown),
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
    read: readFields,
    run: (world, fields, { customer: id }) =>
      existing(world, id)
        .andThen((customer) => updateCustomer(world, customer, fields))
        .map(shown),
  }),
  route('DELETE', '/v1/customers/:customer', {
    read: () => ({}),
    run: (world, _params, { customer: id }) =>
      existing(world, id).map((customer) => shown(deleteCustomer(world, customer))),
  }),
];
