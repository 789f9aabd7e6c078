import { showing } from '../answer.js';
import { listing, readList } from '../list-query.js';
import { found, type Route, route } from '../route.js';

export const chargeRoutes: readonly Route[] = [
  route('GET', '/v1/charges', {
    answers: { listOf: 'charge' },
    read: (params) => {
      params.notBuilt('transfer_group');
      const intent = params.text('payment_intent');
      return { list: readList(params), intent, customer: params.text('customer') };
    },
    run: (world, { list, intent, customer }) => {
      const byCustomer =
        customer === undefined ? undefined : { index: 'customer', value: customer };
      return listing(world, 'charge', {
        params: list,
        url: '/v1/charges',
        by: intent === undefined ? byCustomer : { index: 'payment_intent', value: intent },
        keep: customer === undefined ? undefined : (charge) => charge.customer === customer,
      });
    },
  }),
  route('GET', '/v1/charges/:charge', {
    answers: 'charge',
    read: () => ({}),
    run: (world, _params, { charge: id }) =>
      found(world, 'charge', { id, param: 'charge' }).map((charge) => showing('charge', charge)),
  }),
];
