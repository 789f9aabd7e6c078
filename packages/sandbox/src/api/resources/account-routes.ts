import { ok } from 'neverthrow';
import { ACCOUNT } from '../../model/account.js';
import { openAccount } from '../../model/connected-account.js';
import { showing } from '../answer.js';
import { type Route, route } from '../route.js';

export const accountRoutes: readonly Route[] = [
  route('GET', '/v1/account', {
    connected: true,
    read: () => ({}),
    run: (world) =>
      world.account === null
        ? ok({ type: 'raw', body: ACCOUNT })
        : openAccount(world, world.account).map((account) => showing('account', account)),
  }),
];
