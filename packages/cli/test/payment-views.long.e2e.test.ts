import { join } from 'node:path';
import type { Payment } from '@campusg-pay/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EXPLAINED, PAYMENT, SHOWN, STANDING } from '../src/wording/documents.js';
import { bash, campusgPay, newFolder, program } from './cli.js';
import { linesOf, openWorld, type World } from './world.js';

// Many programs are started, one after the other.
vi.setConfig({ testTimeout: 90_000 });

let world: World;
let payments: Payment[];

beforeAll(async () => {
  world = await openWorld();
  const { hold, session } = world;
  payments = [];
  for (const amountMinor of [1000, 2000, 3000, 4000]) payments.push(await hold({ amountMinor }));
  payments.push(await hold({ amountMinor: 5000, currency: 'JPY', customerId: 'user_yen' }));
  payments.push(
    await hold({ orderId: 'order_declined', paymentMethodId: 'pm_card_visa_chargeDeclined' }),
  );
  const [first, second] = payments;
  const of = (payment: Payment | undefined) => ({
    payment: { paymentId: payment?.id ?? '' },
    correlationId: 'test',
  });
  await session.escrow.release({ ...of(first), runnerId: 'user_runner' });
  await session.escrow.release({ ...of(second), runnerId: 'user_runner' });
  await session.escrow.revert({ ...of(second), reason: 'never \u001b[31mdelivered' });
});
afterAll(() => world.close());

const idsOf = (lines: unknown[]) => lines.map((line) => PAYMENT.parse(line).paymentId);

describe('payments list', () => {
  it('lists the newest first, one JSON document a line, each as documented', async () => {
    const { code, stdout, stderr } = await world.run('payments', 'list', '--json');
    expect([code, stderr]).toEqual([0, '']);
    expect(idsOf(linesOf({ stdout }))).toEqual(payments.map(({ id }) => id).toReversed());
  });

  it('goes on where the page before ended, and misses none', async () => {
    const seen: string[] = [];
    const page = ['payments', 'list', '--json', '--limit', '2'];
    let after: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { stdout, stderr } = await world.run(...page, ...after);
      const lines = linesOf({ stdout }).map((line) => PAYMENT.parse(line));
      seen.push(...lines.map(({ paymentId }) => paymentId));
      const cursor = lines.at(-1)?.cursor ?? '';
      expect(stderr).toBe(round < 2 ? `There are more: add --after ${cursor}\n` : '');
      after = ['--after', cursor];
    }
    expect(seen).toEqual(payments.map(({ id }) => id).toReversed());
  });

  it.each([
    [['--status', 'released'], [0]],
    [
      ['--status', 'RELEASED,FAILED'],
      [5, 0],
    ],
    [
      ['--status', 'RELEASED', '--status', 'REVERTED'],
      [1, 0],
    ],
    [['--customer', 'user_yen'], [4]],
    [
      ['--runner', 'user_runner'],
      [1, 0],
    ],
    [['--order', 'order_declined'], [5]],
    [['--currency', 'JPY'], [4]],
    [
      ['--currency', 'USD', '--min-amount', '2000', '--max-amount', '3000'],
      [5, 2, 1],
    ],
    [
      ['--newer-than', '1h'],
      [5, 4, 3, 2, 1, 0],
    ],
    [['--older-than', '1h'], []],
    [['--review'], []],
  ])('filters by %j', async (filters, wanted) => {
    const { code, stdout } = await world.run('payments', 'list', '--json', ...filters);
    expect(code).toBe(0);
    expect(idsOf(linesOf({ stdout }))).toEqual(wanted.map((at) => payments[at]?.id));
  });

  it('shows whole ids in a pipe, in plain text', async () => {
    const { stdout } = await world.run('payments', 'list');
    for (const { id, orderId } of payments) {
      expect(stdout).toMatch(new RegExp(`^${orderId} +${id} `, 'm'));
    }
    expect(stdout).toContain('5000 JPY');
    expect(stdout).not.toContain('\u001b');
  });

  it.each([
    [['--newer-than', '1h', '--older-than', '2h'], /nothing can be in between/],
    [['--min-amount', '5'], /need --currency/],
    [['--min-amount', '5', '--max-amount', '4', '--currency', 'usd'], /is more than/],
    [['--currency', 'ABC'], /ISO 4217/],
    [['--after', 'nonsense'], /must be a cursor/],
    [['--status', 'PAID'], /must be one of INITIATING/],
    [['--older-than', '2026-02-30'], /must be a day/],
    [['--older-than', 'yesterday'], /must be a day/],
    [['--limit', '0'], /whole number from 1/],
    [['--watch'], /needs a terminal/],
  ])('refuses %j with one clear line and 1', async (args, line) => {
    const { code, stdout, stderr } = await world.run('payments', 'list', ...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(line);
  });

  it('ends without a word when whoever reads has left', async () => {
    const variables = Object.entries(world.env).map(([name, value]) => `${name}='${value}'`);
    const errors = join(await newFolder(), 'errors');
    const command = `${variables.join(' ')} ${process.execPath} ${program} payments list --json`;
    // `true` is long gone when the first line is written.
    const said = await bash(`${command} 2>${errors} | true; echo $PIPESTATUS; cat ${errors}`);
    expect(said).toBe('0\n');
  });
});

describe('a full disk', () => {
  it.each([[['status']], [['payments', 'list', '--json']], [['--help']]])(
    'is told in one line, with 3, by %j',
    async (args) => {
      const variables = Object.entries(world.env).map(([name, value]) => `${name}=${value}`);
      const line = [...variables, process.execPath, program, ...args].join(' ');
      expect(await bash(`(${line} >/dev/full) 2>&1; echo $?`)).toBe(
        'The output could not be written (ENOSPC): it is not complete.\n3\n',
      );
    },
  );
});

describe('payments show', () => {
  it.each([
    ['the order', ({ orderId }: Payment) => orderId],
    ['the payment', ({ id }: Payment) => id],
    ['the PaymentIntent', ({ paymentIntentId }: Payment) => paymentIntentId ?? ''],
    ['order:', ({ orderId }: Payment) => `order:${orderId}`],
    ['payment:', ({ id }: Payment) => `payment:${id}`],
  ])('finds it by %s', async (_, nameOf) => {
    const payment = payments[2] as Payment;
    const { code, stdout } = await world.run('payments', 'show', nameOf(payment), '--json');
    expect(code).toBe(0);
    const shown = SHOWN.parse(JSON.parse(stdout));
    expect(shown.payment).toMatchObject({ paymentId: payment.id, status: 'AUTHORIZED' });
    expect(shown.payment.amount).toEqual({ currency: 'USD', minor: '3000', major: '30.00' });
  });

  it('shows the latest payment of an order, and the others below it', async () => {
    const again = await world.hold({ orderId: 'order_declined' });
    const { stdout } = await world.run('payments', 'show', 'order_declined');
    expect(stdout).toMatch(new RegExp(`^payment +${again.id}$`, 'm'));
    expect(stdout).toMatch(/its payment no\. 2/);
    expect(stdout).toMatch(/Other payments of this order:\n {2}1\. FAILED/);
  });

  it('asks which one is meant by an id that names two', async () => {
    const order = await world.hold({ orderId: 'both' });
    await world.hold({ orderId: 'another', paymentId: 'both' });
    const { code, stderr } = await world.run('payments', 'show', 'both');
    expect(code).toBe(2);
    expect(stderr).toMatch(/write payment:both or order:both/);
    const { stdout } = await world.run('payments', 'show', 'order:both', '--json');
    expect(SHOWN.parse(JSON.parse(stdout)).payment.paymentId).toBe(order.id);
  });

  it.each(['show', 'explain'])(
    '%s says in one line that there is none, with 2',
    async (command) => {
      const args = command === 'show' ? ['payments', 'show'] : ['explain'];
      const { code, stdout, stderr } = await world.run(...args, 'order_nowhere');
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toBe('There is no payment, order or PaymentIntent order_nowhere.\n');
    },
  );
});

describe('explain', () => {
  it('tells everything that happened in its order, and that nothing more can', async () => {
    const payment = payments[1] as Payment;
    const { code, stdout } = await world.run('explain', payment.id, '--json');
    expect(code).toBe(0);
    const { timeline, open, next } = EXPLAINED.parse(JSON.parse(stdout));
    expect(timeline.map(({ what }) => what)).toEqual([
      'asked',
      'call_opened',
      'call_closed',
      'event',
      'call_opened',
      'call_closed',
      'event',
      'call_opened',
      'call_closed',
      'event',
    ]);
    expect(timeline.filter(({ what }) => what === 'event').map(({ says }) => says)).toEqual([
      expect.stringMatching(/^1\. AUTHORIZED: 20\.00 USD is held until /),
      '2. RELEASED to user_runner',
      expect.stringMatching(/^3\. REVERTED, refunded: never /),
    ]);
    // No relay runs here, so the events still wait.
    expect(open).toHaveLength(3);
    expect(next.mayHappen).toEqual([]);
    expect(next.release.allowed).toBe(false);
  });

  it('says in words what is open and what may be done, and lets no record command the terminal', async () => {
    const held = await world.run('explain', payments[2]?.orderId ?? '');
    expect(held.stdout).toMatch(/Open\n {2}The hold lapses in 6 d 23 h/);
    expect(held.stdout).toMatch(/release yes {2}Stripe captures 30\.00 USD\./);
    expect(held.stdout).toMatch(/revert {2}yes {2}Stripe cancels pi_\w+: the hold of 30\.00 USD/);
    expect(held.stdout).toMatch(/may happen {3}released -> RELEASED: the hold is captured/);
    const reverted = await world.run('explain', payments[1]?.orderId ?? '');
    expect(reverted.stdout).toContain('never \uFFFD[31mdelivered');
    expect(reverted.stdout).not.toContain('\u001b');
  });
});

/** Has all of the history happen at one moment, whether or not midnight came between; tells its day. */
async function oneDay({ database }: World): Promise<string> {
  const at = new Date();
  await database.sql('update payment_events set at = $1', [at]);
  return at.toISOString().slice(0, 10);
}

describe('status', () => {
  it('sums exactly, by status, day and currency', async () => {
    const own = await openWorld();
    // More than a double can tell apart: 2^53 minor units and one.
    const large = (minor: bigint) => `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;
    for (let nth = 0; nth < 3; nth += 1) {
      const payment = await own.hold();
      await own.database.sql('update payments set amount = $2 where id = $1', [
        payment.id,
        large(9_007_199_254_740_993n - BigInt(nth)),
      ]);
    }
    await own.hold({ currency: 'JPY', amountMinor: 777 });
    await own.hold({ currency: 'KWD', amountMinor: 1230 });
    const day = await oneDay(own);
    const { code, stdout } = await own.run('status', '--json');
    await own.close();
    expect(code).toBe(0);
    const { now, days, holds, outbox } = STANDING.parse(JSON.parse(stdout));
    const total = { minor: '27021597764222976', major: '270215977642229.76', payments: 3 };
    expect(now).toEqual([
      { currency: 'JPY', minor: '777', major: '777', payments: 1, status: 'AUTHORIZED' },
      { currency: 'KWD', minor: '1230', major: '1.230', payments: 1, status: 'AUTHORIZED' },
      { currency: 'USD', ...total, status: 'AUTHORIZED' },
    ]);
    expect(days).toContainEqual({ currency: 'USD', ...total, day, move: 'held' });
    expect(holds).toContainEqual({ currency: 'USD', ...total, ends: '3-7 d' });
    expect(outbox.rows).toBe(5);
  });

  it('draws holds by their end, and tells what was released and given back', async () => {
    const day = await oneDay(world);
    const { code, stdout } = await world.run('status', '--days', '2');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${day} +released +2 +30\\.00 +USD$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${day} +reverted +1 +20\\.00 +USD$`, 'm'));
    expect(stdout).toMatch(/^ {2}3-7 d +█+ +\d+ {2}5000 JPY$/m);
    expect(stdout).toMatch(/calls owed to Stripe: none/);
  });
});

describe('a command that can not look', () => {
  it.each(['payments list', 'status', 'operations list', 'approvals list', 'outbox list'])(
    '%s says in one line that the database does not answer, with 3',
    async (command) => {
      const env = { ...world.env, DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/d' };
      const { code, stdout, stderr } = await campusgPay(command.split(' '), env);
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr).toMatch(
        /^The database can't be used: nobody listens on 127\.0\.0\.1:1 \(ECONNREFUSED\)\. Start Postgres .*\n$/,
      );
      expect(stderr).not.toContain('secret');
    },
  );

  it('says in one line that no service runs here, with 3, and leaves no folder behind', async () => {
    const env = { CAMPUSG_PAY_DATA_DIR: '/nowhere/at/all' };
    const { code, stderr } = await campusgPay(['status'], env);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^No service runs with its data in \/nowhere\/at\/all\. Start it/);
  });
});
