import {
  attach,
  type CardDetails,
  chosenMethod,
  createMethod,
  detach,
} from '../../model/payment-method.js';
import type { MethodRecord } from '../../state/records.js';
import { showing } from '../answer.js';
import { listing, readList } from '../list-query.js';
import type { Reader } from '../reader.js';
import { found, type Route, route } from '../route.js';
import { OTHER_TYPES } from './payment-types.js';

function readCard(params: Reader): CardDetails {
  const card = params.inside('card');
  card.notBuilt('token', 'networks');
  params.builtOf('type', ['card'], OTHER_TYPES);
  if (!params.has('type')) params.required('type');
  const billing = params.inside('billing_details');
  billing.notBuilt('address', 'tax_id');
  params.notBuilt('allow_redisplay', 'customer', 'payment_method', 'radar_options');
  params.notBuilt(...OTHER_TYPES);
  return {
    number: card.required('number').replace(/[ -]/g, ''),
    expMonth: card.integer('exp_month', { min: 1, max: 12 }) ?? 12,
    expYear: card.requiredInteger('exp_year'),
    cvc: card.text('cvc'),
    metadata: params.metadata(),
    billing: {
      email: billing.clearable('email') ?? null,
      name: billing.clearable('name') ?? null,
      phone: billing.clearable('phone') ?? null,
    },
  };
}

const TYPES = ['card', 'us_bank_account'] as const;

const OTHERS_LISTED = OTHER_TYPES.filter((type) => type !== 'us_bank_account');

/** Whether a method is of this type; undefined: of any. */
function isOf(type: (typeof TYPES)[number] | undefined) {
  return (method: MethodRecord) => type === undefined || (method.type ?? 'card') === type;
}

const shown = (method: MethodRecord) => showing('payment_method', method);

export const methodRoutes: readonly Route[] = [
  route('POST', '/v1/payment_methods', {
    answers: 'payment_method',
    publishable: true,
    read: readCard,
    run: (world, params) => createMethod(world, params).map(shown),
  }),
  route('GET', '/v1/payment_methods/:method', {
    answers: 'payment_method',
    read: () => ({}),
    // A token read on its own shows what it would make, as Stripe does.
    run: (world, _params, { method: id = '' }) =>
      chosenMethod(world, { id, param: 'payment_method', status: 404 }).map(({ method }) =>
        shown(method),
      ),
  }),
  route('POST', '/v1/payment_methods/:method/attach', {
    answers: 'payment_method',
    read: (params) => {
      params.notBuilt('customer_account');
      return { customer: params.required('customer') };
    },
    run: (world, { customer }, { method: id = '' }) => attach(world, { id, customer }).map(shown),
  }),
  route('POST', '/v1/payment_methods/:method/detach', {
    answers: 'payment_method',
    read: () => ({}),
    run: (world, _params, { method: id }) =>
      found(world, 'payment_method', { id, param: 'payment_method' })
        .andThen((method) => detach(world, method))
        .map(shown),
  }),
  route('GET', '/v1/payment_methods', {
    answers: { listOf: 'payment_method' },
    read: (params) => {
      params.notBuilt('customer_account', 'allow_redisplay');
      const type = params.builtOf('type', TYPES, OTHERS_LISTED);
      return { type, list: readList(params), customer: params.required('customer') };
    },
    run: (world, { type, list, customer }) =>
      listing(world, 'payment_method', {
        params: list,
        url: '/v1/payment_methods',
        by: { index: 'customer', value: customer },
        keep: isOf(type),
      }),
  }),
  route('GET', '/v1/customers/:customer/payment_methods', {
    answers: { listOf: 'payment_method' },
    read: (params) => {
      params.notBuilt('allow_redisplay');
      return { type: params.builtOf('type', TYPES, OTHERS_LISTED), list: readList(params) };
    },
    run: (world, { type, list }, { customer: id = '' }) =>
      found(world, 'customer', { id, param: 'customer' }).andThen(() =>
        listing(world, 'payment_method', {
          params: list,
          url: `/v1/customers/${id}/payment_methods`,
          by: { index: 'customer', value: id },
          keep: isOf(type),
        }),
      ),
  }),
];
