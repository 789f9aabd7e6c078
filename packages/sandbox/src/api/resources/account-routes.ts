import { ok } from 'neverthrow';
import { ACCOUNT } from '../../model/account.js';
import { type Route, route } from '../route.js';

export const accountRoutes: readonly Route[] = [
  route('GET', '/v1/account', {
    read: () => ({}),
    run: () => ok({ type: 'raw', body: ACCOUNT }),
  }),
];
