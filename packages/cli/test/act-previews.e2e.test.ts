import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { atStripe } from './drifting.js';
import { openWorld, type World } from './world.js';

vi.setConfig({ testTimeout: 120_000 });

describe('before an act is asked about, it is told where Stripe differs from the record:', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  const soon = () => new Date(Date.now() + 3_600_000);

  it.each([
    [
      'another amount',
      { amount: 1500 },
      /differs +another amount \(amount_differs\): .*15\.00 USD/,
    ],
    ['another currency', { currency: 'eur' }, /differs +another currency \(currency_differs\)/],
    ['a hold that is gone', { status: 'canceled' as const }, /differs +.*Stripe has .*canceled/],
    [
      'a hold that was taken',
      { status: 'succeeded' as const, received: 2098 },
      /differs +.*succeeded/,
    ],
  ])('%s', async (_, change, line) => {
    const payment = await world.hold();
    atStripe(world, payment, change);
    for (const act of [
      ['release', payment.id, '--runner', 'user_9'],
      ['revert', payment.id],
    ]) {
      const shown = await world.run('payments', ...act, '--dry-run');
      expect(shown.stdout).toMatch(line);
      const told = JSON.parse((await world.run('payments', ...act, '--dry-run', '--json')).stdout);
      expect(told.differs).toHaveLength(1);
    }
  });

  it('a hold that is about to lapse', async () => {
    const payment = await world.hold();
    await world.database.sql('update payments set capture_before = $2 where id = $1', [
      payment.id,
      soon(),
    ]);
    const shown = await world.run('payments', 'revert', payment.id, '--dry-run');
    expect(shown.stdout).toMatch(
      /differs +hold lapses soon \(hold_expiring\): The hold lapses at /,
    );
  });

  it('nothing, where both agree', async () => {
    const { id } = await world.hold();
    const shown = await world.run('payments', 'release', id, '--runner', 'user_9', '--dry-run');
    expect(shown.stdout).not.toContain('differs');
  });
});
