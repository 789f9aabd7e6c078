import { ok } from 'neverthrow';
import { ACCOUNT, balanceOf } from '../../model/account.js';
import { type Route, route } from '../route.js';

export const accountRoutes: readonly Route[] = [
  route('GET', '/v1/account', {
    read: () => ({}),
    run: () => ok({ type: 'raw', body: ACCOUNT }),
  }),
  route('GET', '/v1/balance', {
    read: () => ({}),
    run: (world) => ok({ type: 'raw', body: balanceOf(world) }),
  }),
];
