import { CARDS, memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const revert = { payment: order, reason: null, correlationId: 'revert' };

/** Of a release: the payment, and the runner that it is for. */
const READS = ['find', 'findRunner'];

type System = ReturnType<typeof memorySystem>;

/** What each command costs: the promise of two or three round trips and one call to Stripe. */
const COSTS: readonly (readonly [
  name: string,
  before: (system: System) => Promise<unknown>,
  command: (system: System) => Promise<unknown>,
  database: readonly string[],
  stripe: readonly string[],
])[] = [
  ['an authorize', nothing, hold, ['claim', 'save'], ['authorize']],
  [
    'an authorize that must be authenticated',
    nothing,
    ({ escrow, authorizing }) =>
      escrow.authorize(authorizing({ paymentMethodId: CARDS.needsAuthentication })),
    ['claim', 'save'],
    ['authorize'],
  ],
  [
    'an authorize that is declined',
    nothing,
    ({ escrow, authorizing }) => escrow.authorize(authorizing({ paymentMethodId: CARDS.declined })),
    ['claim', 'save', 'save'],
    ['authorize', 'void'],
  ],
  ['an authorize that is repeated', hold, hold, ['claim'], []],
  [
    'an authorize that never reached Stripe',
    nothing,
    ({ escrow, gateway, authorizing }) => {
      gateway.befall('authorize', { type: 'unreachable' });
      return escrow.authorize(authorizing());
    },
    ['claim', 'withdraw'],
    ['authorize'],
  ],
  [
    'an authorize for a user who is new',
    nothing,
    ({ escrow, authorizing }) => escrow.authorize(authorizing({ stripeCustomerId: null })),
    ['claim', 'reserve', 'remember', 'save'],
    ['createCustomer', 'authorize'],
  ],
  [
    'an authorize for a user who has paid before',
    ({ escrow, authorizing }) =>
      escrow.authorize(authorizing({ orderId: 'order-0', stripeCustomerId: null })),
    ({ escrow, authorizing }) => escrow.authorize(authorizing({ stripeCustomerId: null })),
    ['claim', 'save'],
    ['authorize'],
  ],
  [
    'an authorize with the default card',
    nothing,
    ({ escrow, gateway, authorizing }) => {
      const stripeCustomerId = gateway.addCustomer({ defaultCard: CARDS.good });
      return escrow.authorize(authorizing({ stripeCustomerId, paymentMethodId: null }));
    },
    ['find', 'claim', 'save'],
    ['defaultPaymentMethod', 'authorize'],
  ],
  [
    'an authorize that is repeated without a card',
    hold,
    ({ escrow, authorizing }) => escrow.authorize(authorizing({ paymentMethodId: null })),
    ['find'],
    [],
  ],
  [
    'an authorize with a card that Stripe does not know',
    ({ escrow, authorizing }) =>
      escrow.authorize(authorizing({ orderId: 'order-0', stripeCustomerId: null })),
    ({ escrow, authorizing }) =>
      escrow.authorize(authorizing({ stripeCustomerId: null, paymentMethodId: 'pm_nobody' })),
    ['claim', 'withdraw'],
    ['authorize'],
  ],
  [
    'an authorize that finishes one whose answer was lost',
    async (system) => {
      system.gateway.befall('authorize', { type: 'answer_lost' });
      await hold(system);
      await system.clock.advance(30_000);
    },
    hold,
    ['claim', 'save', 'save'],
    ['authorize', 'retrieve'],
  ],
  [
    'a release',
    hold,
    ({ escrow }) => escrow.release(release),
    [...READS, 'save', 'save'],
    ['capture'],
  ],
  [
    'a release that is repeated',
    async (system) => {
      await hold(system);
      await system.escrow.release(release);
    },
    ({ escrow }) => escrow.release(release),
    READS,
    [],
  ],
  [
    'a release for another runner',
    async (system) => {
      await hold(system);
      await system.escrow.release(release);
    },
    ({ escrow }) => escrow.release({ ...release, runnerId: 'runner-2' }),
    READS,
    [],
  ],
  ['a revert', hold, ({ escrow }) => escrow.revert(revert), ['find', 'save', 'save'], ['void']],
  [
    'a revert of a release',
    async (system) => {
      await hold(system);
      await system.escrow.release(release);
    },
    ({ escrow }) => escrow.revert(revert),
    ['find', 'save', 'save'],
    ['refund'],
  ],
  ['a refused release', nothing, ({ escrow }) => escrow.release(release), READS, []],
  ['a look at a held payment', hold, ({ escrow }) => escrow.check(order), ['find'], []],
  [
    'a round of recovery that finds one lost release done',
    async (system) => {
      await hold(system);
      system.gateway.befall('capture', { type: 'answer_lost' });
      await system.escrow.release(release);
      await system.clock.advance(30_000);
    },
    ({ escrow }) => escrow.resume(10),
    ['takeOwing', 'save'],
    ['retrieve'],
  ],
  [
    'a webhook that tells what is known already',
    hold,
    ({ deliver }) => deliver(),
    ['seen', 'find', 'note'],
    [],
  ],
];

describe('the round trips of', () => {
  it.each(COSTS)('%s', async (_, before, command, database, stripe) => {
    const system = memorySystem();
    await before(system);
    const { store, gateway } = system;
    const made = { database: store.calls.length, stripe: gateway.calls.length };
    await command(system);
    expect(store.calls.slice(made.database)).toEqual(database);
    expect(gateway.calls.slice(made.stripe)).toEqual(stripe);
  });
});

async function nothing() {}

function hold({ escrow, authorizing }: System) {
  return escrow.authorize(authorizing());
}
