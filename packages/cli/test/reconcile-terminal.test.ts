import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atStripe, foreignIntents } from './drifting.js';
import { hasTerminal, inTerminal } from './terminal.js';
import { openWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe.runIf(hasTerminal)('reconcile at a terminal', () => {
  it('shows how far it is, and a table that fits', { timeout: 60_000 }, async () => {
    const payment = await world.hold();
    atStripe(world, payment, { status: 'succeeded', received: 2098 });
    foreignIntents(world, 1_000);
    for (const columns of [80, 120]) {
      world.sandbox.faults.add({
        ...{ method: 'GET', path: '/v1/payment_intents', times: 12 },
        effect: { kind: 'latency', ms: 150 },
      });
      const args = ['reconcile', '--from', '1d', '--to', '2100-01-01'];
      const terminal = await inTerminal(args, { env: world.env, columns });
      await terminal.sees(/\d+% .*payments/);
      expect(await terminal.ended()).toBe(4);
      expect(await terminal.isBroken()).toBe(false);
      const screen = (await terminal.screen()).join('\n');
      expect(screen).toMatch(/serious .*another status/);
      expect(screen).not.toMatch(/\d+% /);
      world.sandbox.faults.clear();
    }
  });

  it('walks through the findings, and repairs what it is told to', {
    timeout: 60_000,
  }, async () => {
    const args = ['reconcile', 'fix', '--reason', 'asked by support'];
    const terminal = await inTerminal(args, { env: world.env, columns: 80 });
    await terminal.sees(/What now\?/);
    expect((await terminal.screen()).join('\n')).toContain('by what Stripe has');
    await terminal.press('Enter');
    expect(await terminal.ended()).toBe(0);
    expect((await terminal.screen()).join('\n')).toContain('Done.');
    const acts = await world.database.sql('select reason, outcome from operator_acts');
    expect(acts).toEqual([{ reason: 'asked by support', outcome: 'done' }]);
    expect((await world.run('reconcile', '--from', '1d', '--to', '2100-01-01')).code).toBe(0);
  });
});
