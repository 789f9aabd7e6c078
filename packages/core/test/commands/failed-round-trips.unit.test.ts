import { type Fault, KEY_LIFETIME_MS, type Refusal } from '@campusg-pay/core';
import { CARDS, type GatewayTrouble, memorySystem } from '@campusg-pay/core/testing';
import type { Result } from 'neverthrow';
import { describe, expect, it } from 'vitest';

const order = { orderId: 'order-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release' };
const revert = { payment: order, reason: null, correlationId: 'revert' };

type System = ReturnType<typeof memorySystem>;

/** Each use of the service with what comes before it. */
const USES: Readonly<
  Record<
    string,
    {
      before: (system: System) => Promise<unknown>;
      use: (system: System) => Promise<Result<unknown, Refusal | Fault>>;
    }
  >
> = {
  'an authorize for a new user': {
    before: nothing,
    use: ({ escrow, authorizing }) => escrow.authorize(authorizing({ stripeCustomerId: null })),
  },
  'an authorize with the default card': {
    before: ({ gateway }) => Promise.resolve(gateway.addCustomer({ defaultCard: CARDS.good })),
    use: ({ escrow, authorizing }) =>
      escrow.authorize(authorizing({ stripeCustomerId: 'cus_2', paymentMethodId: null })),
  },
  'an authorize for a user whose customer was asked for long ago': {
    before: async ({ escrow, gateway, clock, authorizing }) => {
      gateway.befall('createCustomer', { type: 'unanswered' });
      await escrow.authorize(authorizing({ stripeCustomerId: null }));
      await clock.advance(KEY_LIFETIME_MS);
    },
    use: ({ escrow, authorizing }) => escrow.authorize(authorizing({ stripeCustomerId: null })),
  },
  'a release': { before: hold, use: ({ escrow }) => escrow.release(release) },
  'a revert': { before: hold, use: ({ escrow }) => escrow.revert(revert) },
  'a look at what is recorded': { before: hold, use: ({ escrow }) => escrow.find(order) },
  'a look at what is true': {
    before: async (system) => {
      await challenge(system);
      system.gateway.customer.fail('pi_1');
    },
    use: ({ escrow }) => escrow.check(order),
  },
  'a webhook with news': {
    before: async (system) => {
      await challenge(system);
      system.gateway.customer.fail('pi_1');
    },
    use: lastWebhook,
  },
  'a webhook without news': { before: hold, use: lastWebhook },
  'a webhook about nothing of ours': {
    before: hold,
    use: ({ escrow, gateway }) =>
      escrow.report({ ...webhookOf(gateway), payment: { paymentIntentId: 'pi_of_nobody' } }),
  },
  'a round of recovery': {
    before: async (system) => {
      await hold(system);
      system.gateway.befall('capture', { type: 'unanswered' });
      await system.escrow.release(release);
      await system.clock.advance(30_000);
    },
    use: ({ escrow }) => escrow.resume(10),
  },
  'a round of sweeping': {
    before: async (system) => {
      await challenge(system);
      await system.clock.advance(2 * 60 * 60_000);
    },
    use: ({ escrow }) => escrow.sweep({ after: null, limit: 10 }),
  },
  'a look at the history': {
    before: ({ escrow, authorizing }) => escrow.authorize(authorizing({ paymentId: 'mine' })),
    use: ({ escrow }) => escrow.history('mine'),
  },
};

/** The service with the nth round trip of a use in trouble, be it to the database or to Stripe. */
async function troubled(name: string, nth: number, befalls: 'database' | GatewayTrouble) {
  const { before, use } = USES[name] as (typeof USES)[string];
  let left = Number.POSITIVE_INFINITY;
  const next = () => {
    left -= 1;
    return left === -1;
  };
  const system = memorySystem({
    settings: { waitMs: 100 },
    beforeStoreCall: async () => (befalls === 'database' && next() ? 'refused' : null),
    gatewayTrouble: () => (befalls !== 'database' && next() ? befalls : null),
  });
  await before(system);
  left = nth;
  const answer = await use(system);
  const reached = left < 0;
  left = Number.POSITIVE_INFINITY;
  return { ...system, answer, reached, again: () => use(system) };
}

const PARTS = [
  ['the database', 'database', 'DatabaseUnavailable'],
  ['Stripe', { type: 'unreachable' }, 'GatewayUnavailable'],
  ['the answer of Stripe', { type: 'unanswered' }, 'GatewayUnavailable'],
] as const;

describe.each(Object.keys(USES))('%s', (name) => {
  it.each(PARTS)('comes to an answer whichever time %s is away', async (_, befalls, type) => {
    for (let nth = 0; ; nth += 1) {
      const { answer, reached, again, clock, escrow, evidence } = await troubled(
        name,
        nth,
        befalls,
      );
      if (!reached) break;
      // "Not now" is a fault of just that part; and where something is answered, it is something.
      if (answer.isErr()) expect(answer.error.type).toBe(type);
      else expect(answer.value).toBeDefined();
      expect(JSON.stringify(answer)).not.toContain('"bugs":[{');

      await clock.advance(2 * 60 * 60_000);
      for (let round = 0; round < 3; round += 1) {
        await escrow.resume(10);
        await clock.advance(2 * 60_000);
      }
      const second = await again();
      if (second.isErr()) expect(second.error.type).not.toBe(type);
      expect(evidence().payments.filter(({ operation }) => operation !== null)).toEqual([]);
    }
  });
});

async function nothing() {}

function hold({ escrow, authorizing }: System) {
  return escrow.authorize(authorizing());
}

function challenge({ escrow, authorizing }: System) {
  return escrow.authorize(authorizing({ paymentMethodId: CARDS.needsAuthentication }));
}

function lastWebhook({ escrow, gateway }: System) {
  return escrow.report(webhookOf(gateway));
}

function webhookOf({ webhooks }: System['gateway']) {
  const webhook = webhooks.at(-1);
  if (webhook === undefined) throw new Error('no webhook');
  return webhook;
}
