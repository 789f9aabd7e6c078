import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atStripe, foreignIntents, heldAgain } from './drifting.js';
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
        method: 'GET',
        path: '/v1/payment_intents',
        times: 12,
        effect: { kind: 'latency', ms: 150 },
      });
      const args = ['reconcile', '--from', '1d', '--to', '2100-01-01'];
      const terminal = await inTerminal(args, { env: world.env, columns });
      await terminal.sees(/\d+% .*payments/);
      expect(await terminal.ended()).toBe(4);
      expect(await terminal.isBroken()).toBe(false);
      const screen = (await terminal.screen()).join('\n');
      expect(screen).toMatch(/serious .*status_differs/);
      expect(screen).not.toMatch(/\d+% /);
      world.sandbox.faults.clear();
    }
  });

  it.each([80, 120])(
    'tells two holds of one order apart, and all of what a repair does, in %i columns',
    { timeout: 60_000 },
    async (columns) => {
      const own = await openWorld();
      const payment = await own.hold({ amountMinor: 777 });
      heldAgain(own, payment, ['pi_twice_first1', 'pi_twice_other2']);
      const captured = await own.hold();
      atStripe(own, captured, { status: 'canceled', amount: 2099 });
      const terminal = await inTerminal(['reconcile'], { env: own.env, columns });
      expect(await terminal.ended()).toBe(4);
      expect(await terminal.isBroken()).toBe(false);
      const screen = await terminal.screen();
      const rows = screen.filter((line) => line.includes('duplicate_hold'));
      expect(rows.map((row) => /pi_\S*(first1|other2|irst1|ther2)/.test(row))).toEqual([
        true,
        true,
      ]);
      // However it is wrapped, word by word.
      const from = screen.find((line) => line.includes('REPAIR'))?.indexOf('REPAIR');
      const text = screen.map((line) => line.slice(from)).join(' ');
      expect(text.replace(/\s+/g, ' ')).toMatch(/cancel_stray, gives back 7\.77 USD/);
      await own.close();
    },
  );

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

  it('asks why at the first repair, once, and not where there is none', {
    timeout: 90_000,
  }, async () => {
    const own = await openWorld();
    const first = await own.hold();
    heldAgain(own, first, ['pi_again1', 'pi_again2']);
    expect((await own.run('reconcile')).code).toBe(4);
    const fix = () => inTerminal(['reconcile', 'fix'], { env: own.env, columns: 120 });
    const leaving = await fix();
    await leaving.sees(/held twice \(duplicate_hold\), order.*What now\?/s);
    expect((await leaving.screen()).join('\n')).not.toContain('Why?');
    await leaving.press('Down', 'Down', 'Enter');
    expect(await leaving.ended()).toBe(0);
    const terminal = await fix();
    await terminal.sees(/What now\?/);
    await terminal.press('Enter');
    await terminal.sees(/Why\? \(for the records\)/);
    await terminal.type('held twice');
    await terminal.press('Enter');
    await terminal.sees(/Done\..*What now\?/s);
    await terminal.press('Enter');
    expect(await terminal.ended()).toBe(0);
    expect((await terminal.screen()).join('\n').match(/Why\?/g)).toHaveLength(1);
    const acts = await own.database.sql('select reason, outcome from operator_acts');
    expect(acts).toEqual(Array(2).fill({ reason: 'held twice', outcome: 'done' }));
    await own.close();
  });
});
