import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Act, type Card, type Chaos, run } from './chaos.js';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

const order = fc.nat({ max: 1 });
const card = fc.constantFrom<Card>(
  'good',
  'good',
  'good',
  'good',
  'needsAuthentication',
  'declined',
);

/** What callers, customers and the line to Stripe can do. */
const ours: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('authorize'),
      order,
      card,
      known: fc.boolean(),
      once: fc.constantFrom(false, false, true),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('release'), order, runner: fc.nat({ max: 1 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('revert'), order }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('approve', 'fail', 'payAnew', 'check'), order }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('webhook'), pick: fc.nat({ max: 20 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'resume' } as const) },
);

/** What people with access to the Stripe account can do past the service, and time. */
const outside: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    do: fc.constantFrom('captureOutside', 'refundOutside'),
    order,
    minor: fc.constantFrom(2098, 2098, 1000, 1),
  }),
  fc.record({ do: fc.constantFrom('cancelOutside', 'expire'), order }),
);

function chaos(act: fc.Arbitrary<Act>): fc.Arbitrary<Chaos> {
  return fc.record({
    clients: fc.array(fc.array(act, { maxLength: 8, size: 'max' }), { maxLength: 5, size: 'max' }),
    seed: fc.integer(),
    troubled: fc.constantFrom(0, 5, 20, 50),
    holdMs: fc.constantFrom(WEEK_MS, WEEK_MS, WEEK_MS, 5 * 60_000),
  });
}

/** TEST_EFFORT says which part of the full count is run: see CONTRIBUTING. */
const RUNS = Math.ceil(1500 * Number(process.env.TEST_EFFORT ?? 1));

describe('whatever callers and customers do, and however bad the line to Stripe is', () => {
  it('every invariant holds, and without any webhook the record agrees with Stripe', async () => {
    await fc.assert(
      fc.asyncProperty(chaos(ours), async (one) => {
        expect((await run(one, { webhooks: false })).broken).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('every invariant holds with people at work in the Stripe account, given its webhooks', async () => {
    const act = fc.oneof({ weight: 5, arbitrary: ours }, { weight: 1, arbitrary: outside });
    await fc.assert(
      fc.asyncProperty(chaos(act), async (one) => {
        expect((await run(one, { webhooks: true })).broken).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
