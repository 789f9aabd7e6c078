import { err, ok } from 'neverthrow';
import { ACCOUNT_ID } from '../../model/account.js';
import { missing } from '../../model/failure.js';
import { balanceOf } from '../../model/movements.js';
import { showing } from '../answer.js';
import { listing, readList } from '../list-query.js';
import { found, type Route, route } from '../route.js';

const PATH = '/v1/balance_transactions';

export const balanceRoutes: readonly Route[] = [
  route('GET', '/v1/balance', {
    connected: true,
    read: () => ({}),
    run: (world) => ok({ type: 'raw', body: balanceOf(world, world.account ?? ACCOUNT_ID) }),
  }),
  route('GET', PATH, {
    connected: true,
    answers: { listOf: 'balance_transaction' },
    read: (params) => {
      params.notBuilt('payout');
      return {
        list: readList(params),
        type: params.text('type'),
        source: params.text('source'),
        currency: params.text('currency')?.toLowerCase(),
      };
    },
    run: (world, { list, type, source, currency }) => {
      const account = world.account ?? ACCOUNT_ID;
      const by =
        source === undefined
          ? { index: 'account', value: account }
          : { index: 'source', value: source };
      return listing(world, 'balance_transaction', {
        params: list,
        url: PATH,
        by,
        keep: (each) =>
          each.account === account &&
          (type === undefined || each.type === type) &&
          (currency === undefined || each.currency === currency),
      });
    },
  }),
  route('GET', `${PATH}/:transaction`, {
    connected: true,
    answers: 'balance_transaction',
    read: () => ({}),
    run: (world, _params, { transaction: id = '' }) =>
      found(world, 'balance_transaction', { id, param: 'id' }).andThen((movement) =>
        movement.account === (world.account ?? ACCOUNT_ID)
          ? ok(showing('balance_transaction', movement))
          : err(missing('balance_transaction', { id, param: 'id', status: 404 })),
      ),
  }),
];
