import { ok } from 'neverthrow';
import { renderSource } from '../../model/customer-shapes.js';
import { addSource, sourceOf } from '../../model/customer-source.js';
import { detach, sourcesOf } from '../../model/payment-method.js';
import type { MethodRecord } from '../../state/records.js';
import type { RouteAnswer } from '../answer.js';
import { type Route, route } from '../route.js';
import { existingCustomer, readToken } from './customer-routes.js';

const shown = (card: MethodRecord): RouteAnswer => ({ type: 'raw', body: renderSource(card) });

/** A customer's cards of the API before PaymentMethods (`card_...`). */
export const sourceRoutes: readonly Route[] = [
  route('POST', '/v1/customers/:customer/sources', {
    read: (params) => {
      params.notBuilt('metadata', 'validate');
      if (!params.has('source')) params.required('source');
      return readToken(params) ?? '';
    },
    run: (world, token, { customer: id }) =>
      existingCustomer(world, id)
        .andThen((customer) => addSource(world, customer, token))
        .map(shown),
  }),
  route('GET', '/v1/customers/:customer/sources', {
    read: (params) => {
      params.notBuilt('starting_after', 'ending_before');
      params.oneOf('object', ['card']);
      return params.integer('limit', { min: 1, max: 100 }) ?? 10;
    },
    run: (world, limit, { customer: id = '' }) =>
      existingCustomer(world, id).map(() => {
        const cards = sourcesOf(world, id);
        const data = cards.slice(0, limit).map(renderSource);
        const url = `/v1/customers/${id}/sources`;
        const body = { object: 'list', data, has_more: cards.length > limit, url };
        return { type: 'raw', body };
      }),
  }),
  route('GET', '/v1/customers/:customer/sources/:source', {
    read: () => ({}),
    run: (world, _params, { customer: id, source = '' }) =>
      existingCustomer(world, id)
        .andThen((customer) => sourceOf(world, customer, source))
        .map(shown),
  }),
  route('DELETE', '/v1/customers/:customer/sources/:source', {
    read: () => ({}),
    run: (world, _params, { customer: id, source = '' }) =>
      existingCustomer(world, id)
        .andThen((customer) => sourceOf(world, customer, source))
        .andThen((card) => detach(world, card))
        .andThen((card) =>
          ok({ type: 'raw' as const, body: { id: card.id, object: 'card', deleted: true } }),
        ),
  }),
];
