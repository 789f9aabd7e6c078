import { showing } from '../answer.js';
import { listing, readList } from '../list-query.js';
import { found, type Route, route } from '../route.js';

export const chargeRoutes: readonly Route[] = [
  route('GET', '/v1/charges', {
    answers: { listOf: 'charge' },
    read: (params) => {
      return {
        list: readList(params),
        payment_intent: params.text('payment_intent'),
        customer: params.text('customer'),
        transfer_group: params.text('transfer_group'),
      };
    },
    run: (world, { list, ...by }) => {
      const [first] = Object.entries(by).flatMap(([index, value]) =>
        value === undefined ? [] : [{ index, value }],
      );
      const { payment_intent = null, customer = null, transfer_group = null } = by;
      return listing(world, 'charge', {
        params: list,
        url: '/v1/charges',
        by: first,
        keep: (charge) =>
          (payment_intent === null || charge.intent === payment_intent) &&
          (customer === null || charge.customer === customer) &&
          (transfer_group === null || charge.transferGroup === transfer_group),
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
