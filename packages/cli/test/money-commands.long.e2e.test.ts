import { randomUUID } from 'node:crypto';
import { moneyWayOf, type Payment } from '@campusg-pay/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ACTED, APPROVAL, EXPLAINED, PAYMENT, STANDING } from '../src/wording/documents.js';
import {
  ACCOUNT_SET,
  REFUND,
  RUNNER,
  SHOWN_RUNNER,
  SHOWN_TRANSFER,
  TRANSFER,
} from '../src/wording/money-list-documents.js';
import { campusgPay } from './cli.js';
import { actsOf, linesOf, openWorld, type World } from './world.js';

// Many programs are started, one after the other.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const REASON = ['--yes', '--reason', 'checked', '--operator', 'night'];

/** A runner of one test, whose account can take transfers unless it is said otherwise. */
function runnerWith(state: 'able' | 'pending' = 'able') {
  const name = randomUUID().slice(0, 8);
  const [runnerId, stripeAccount] = [`runner_${name}`, `acct_${name}`];
  world.sandbox.accounts.seed({ id: stripeAccount, state });
  return { runnerId, stripeAccount };
}

async function release(wanted: {
  readonly runnerId: string;
  readonly stripeAccount?: string;
  readonly platformFeeMinor?: number;
}): Promise<Payment> {
  const payment = await world.hold();
  const command = { payment: { paymentId: payment.id }, correlationId: 'test', ...wanted };
  return (await world.session.escrow.release(command))._unsafeUnwrap().payment;
}

const read = async ({ id }: Payment): Promise<Payment> => {
  const found = (await world.session.repository.find({ paymentId: id }))._unsafeUnwrap();
  if (found === null) throw new Error(`no payment ${id}`);
  return found;
};

describe('payments release', () => {
  it('takes a part with a tip and a fee, and sends the rest of it to the account', async () => {
    const { runnerId, stripeAccount } = runnerWith();
    const { id } = await world.hold();
    const part = ['--amount', '1500', '--tip', '100', '--fee', '98', '--account', stripeAccount];
    const wanted = ['payments', 'release', id, '--runner', runnerId, ...part];
    const dry = await world.run(...wanted, '--dry-run');
    expect(dry.stdout).toContain(
      'Release 16.00 USD (a tip of 1.00 USD in it, a fee of 0.98 USD) of order',
    );
    expect(dry.stdout).toContain('Stripe captures 16.00 USD.');
    const done = await world.run(...wanted, ...REASON, '--json');
    expect([done.code, done.stderr]).toMatchObject([0, expect.anything()]);
    const { payment } = ACTED.parse(JSON.parse(done.stdout));
    expect(payment).toMatchObject({
      status: 'RELEASED',
      captured: { minor: '1600' },
      tip: { minor: '100' },
      fee: { minor: '98' },
      transfer: { status: 'sent', stripeAccount, amount: { minor: '1502' } },
    });
    const explained = await world.run('explain', id);
    expect(explained.stdout).toContain(
      'captured 16.00 = transferred 15.02 - reversed 0.00 + fee 0.98 + refunded 0.00 + kept 0.00 USD',
    );
    expect(explained.stdout).toMatch(/1\.00 USD of it a tip, with a fee of 0\.98 USD; the/);
  });

  it.each([
    [['--amount', '15.00'], /whole number of minor units/],
    [['--tip', '-1'], /whole number of minor units/],
    [['--account', 'bank'], /--account must be a Stripe id/],
  ])('refuses %j, and nothing is done', async (args, line) => {
    const { id } = await world.hold();
    const act = ['payments', 'release', id, '--runner', 'r'];
    const { code, stderr } = await world.run(...act, ...args, ...REASON);
    expect(code).toBe(1);
    expect(stderr).toMatch(line);
    expect((await read({ id } as Payment)).status).toBe('AUTHORIZED');
  });

  it('takes no more than is held, and says how much that is', async () => {
    const { id } = await world.hold();
    const act = ['payments', 'release', id, '--runner', 'r', '--amount', '2000', '--tip', '99'];
    const { code, stderr } = await world.run(...act, ...REASON);
    expect([code, stderr]).toEqual([2, expect.stringContaining('At most 20.98 USD')]);
  });
});

describe('payments revert', () => {
  it('gives back a part under a name, once, and the lists and the line tell of it', async () => {
    const { runnerId, stripeAccount } = runnerWith();
    const payment = await release({ runnerId, stripeAccount, platformFeeMinor: 98 });
    const wanted = [
      'payments',
      'revert',
      payment.id,
      '--amount',
      '500',
      '--refund-id',
      'missing-1',
    ];
    const unnamed = await world.run(...wanted.slice(0, 5), ...REASON);
    expect([unnamed.code, unnamed.stderr]).toEqual([2, expect.stringContaining('--refund-id')]);
    for (const _ of ['first', 'repeat']) {
      const { code, stdout } = await world.run(...wanted, ...REASON, '--json');
      expect(code).toBe(0);
      expect(ACTED.parse(JSON.parse(stdout)).payment.refunded.minor).toBe('500');
    }
    const listed = await world.run('refunds', 'list', '--payment', payment.orderId, '--json');
    expect(linesOf(listed).map((line) => REFUND.parse(line))).toMatchObject([
      {
        refundId: 'missing-1',
        status: 'succeeded',
        amount: { minor: '500' },
        paymentId: payment.id,
      },
    ]);
    await world.session.escrow.resume(10);
    const now = await read(payment);
    const { money } = EXPLAINED.parse(
      JSON.parse((await world.run('explain', payment.id, '--json')).stdout),
    );
    expect(addsUp(money)).toBe(true);
    expect(money.kept.minor).toBe(String(moneyWayOf(now).keptMinor));
    expect(now).toMatchObject({ transfer: { reversedMinor: 477 } });
  });
});

function addsUp(money: { readonly [name: string]: { readonly minor: string } }): boolean {
  const of = (name: string) => BigInt(money[name]?.minor ?? 'none');
  const rest = of('transferred') - of('reversed') + of('fee') + of('refunded') + of('kept');
  return of('captured') === rest;
}

describe('status', () => {
  it('tells where all money is, for each currency, as the payments add up', async () => {
    const { stdout } = await world.run('status', '--json');
    const { money } = STANDING.parse(JSON.parse(stdout));
    expect(money).not.toEqual([]);
    for (const way of money) expect(addsUp(way)).toBe(true);
    const { rows } = await world.database
      .sql('select id from payments where received_minor > 0', [])
      .then((found) => ({ rows: found as { id: string }[] }));
    let kept = 0;
    for (const { id } of rows) kept += moneyWayOf(await read({ id } as Payment)).keptMinor;
    expect(money[0]?.kept.minor).toBe(String(kept));
    const shown = await world.run('status');
    expect(shown.stdout).toMatch(/^ {2}captured \S+ = transferred \S+ - reversed .* USD$/m);
  });
});

describe('transfers', () => {
  it('are held back, go on, and are sent, each on record and once', async () => {
    const { runnerId, stripeAccount } = runnerWith('pending');
    const payment = await release({ runnerId, stripeAccount });
    const shown = SHOWN_TRANSFER.parse(
      JSON.parse((await world.run('transfers', 'show', payment.orderId, '--json')).stdout),
    );
    const { transferId } = shown.transfer;
    const paused = await world.run('transfers', 'pause', transferId, ...REASON);
    expect([paused.code, paused.stdout]).toEqual([
      0,
      expect.stringContaining('is paused: checked'),
    ]);
    const again = await world.run('transfers', 'pause', transferId, ...REASON);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('Done before')]);
    world.sandbox.accounts.update(stripeAccount, { state: 'able' });
    const sent = await world.run('transfers', 'resume', transferId, ...REASON, '--json');
    expect(sent.code).toBe(0);
    expect(ACTED.parse(JSON.parse(sent.stdout)).payment.transfer).toMatchObject({ status: 'sent' });
    const late = await world.run('transfers', 'send', transferId, ...REASON);
    expect([late.code, late.stderr]).toEqual([2, expect.stringContaining('The transfer is sent')]);
    expect(await actsOf(world, payment)).toMatchObject([
      { operator: 'night', act: 'transfers.pause', reason: 'checked', outcome: 'done' },
      { act: 'transfers.resume', outcome: 'done', result: 'the transfer is sent' },
    ]);
  });

  it('are listed by how they stand, by runner and by account, page by page', async () => {
    const { runnerId } = runnerWith();
    const payments = [];
    for (let count = 0; count < 3; count += 1) {
      await world.session.escrow.setRunnerAccount({ runnerId, stripeAccount: null });
      payments.push(await release({ runnerId }));
    }
    const newestFirst = payments.map(({ id }) => id).toReversed();
    const list = ['transfers', 'list', '--json', '--runner', runnerId];
    const all = linesOf(await world.run(...list)).map((line) => TRANSFER.parse(line));
    expect(all.map(({ paymentId }) => paymentId)).toEqual(newestFirst);
    const first = await world.run(...list, '--limit', '2');
    const cursor = TRANSFER.parse(linesOf(first).at(-1)).cursor;
    expect(first.stderr).toContain(cursor);
    const rest = linesOf(await world.run(...list, '--after', cursor));
    expect(rest.map((line) => TRANSFER.parse(line).paymentId)).toEqual(newestFirst.slice(2));
    const waiting = await world.run(...list, '--status', 'waiting_account');
    expect(linesOf(waiting)).toHaveLength(3);
    expect(linesOf(await world.run(...list, '--status', 'sent'))).toHaveLength(0);
    const table = await world.run('transfers', 'list', '--runner', runnerId);
    expect(table.stdout).toMatch(/ORDER .*STATUS .*AMOUNT .*RUNNER/);
    const byStatus = ['--transfer-status', 'waiting_account', '--runner', runnerId];
    const ofPayments = await world.run('payments', 'list', '--json', ...byStatus);
    expect(linesOf(ofPayments).map((line) => PAYMENT.parse(line).paymentId)).toEqual(newestFirst);
  });

  it.each([
    [['transfers', 'show', 'order_of_nobody'], 2, /There is no payment/],
    [['transfers', 'list', '--runner-account', 'x'], 1, /--runner-account must be/],
    [['transfers', 'list', '--after', 'x'], 1, /must be a cursor/],
    [['transfers', 'list', '--status', 'gone'], 1, /must be one of owed/],
    [['runners', 'show', 'nobody'], 2, /Nothing is known/],
    [
      ['runners', 'set-account', 'r', '--account', 'bank', '--reason', 'x', '--yes'],
      1,
      /--account must be/,
    ],
  ])('%j is refused with one clear line', async (args, exit, line) => {
    const { code, stderr } = await world.run(...args);
    expect(code).toBe(exit);
    expect(stderr).toMatch(line);
  });

  it('of a payment that has none are refused', async () => {
    const { id } = await world.hold();
    for (const act of ['show', 'send', 'pause', 'resume']) {
      const options = act === 'show' ? [] : REASON;
      const { code, stderr } = await world.run('transfers', act, id, ...options);
      expect([code, stderr]).toEqual([2, expect.stringContaining('it has no transfer')]);
    }
  });
});

describe('runners', () => {
  it('are told with what waits, what they got and what they owe, and what paid it', async () => {
    const { runnerId, stripeAccount } = runnerWith();
    const first = await release({ runnerId, stripeAccount });
    world.sandbox.funds.payOut({ account: stripeAccount, currency: 'usd' });
    const back = { payment: { paymentId: first.id }, reason: 'broken', correlationId: 'back' };
    await world.session.escrow.revert(back);
    await world.session.escrow.resume(10);
    const owing = await world.run('runners', 'list', '--owing', '--json');
    expect(linesOf(owing).map((line) => RUNNER.parse(line))).toContainEqual(
      expect.objectContaining({ runnerId, debts: [expect.objectContaining({ minor: '2098' })] }),
    );
    await release({ runnerId, stripeAccount });
    const shown = await world.run('runners', 'show', runnerId, '--json');
    const { runner, debts } = SHOWN_RUNNER.parse(JSON.parse(shown.stdout));
    expect(runner).toMatchObject({ runnerId, stripeAccount, debts: [] });
    expect(debts).toMatchObject([
      {
        paymentId: first.id,
        amount: { minor: '2098' },
        left: { minor: '0' },
        nettings: [{ amount: { minor: '2098' } }],
      },
    ]);
    expect((await world.run('runners', 'show', runnerId)).stdout).toMatch(/paid by +20\.98 USD/);
  });

  it('get an account, on record, and what waits goes there', async () => {
    const { runnerId, stripeAccount } = runnerWith();
    await world.session.escrow.setRunnerAccount({ runnerId, stripeAccount: null });
    const payment = await release({ runnerId });
    const set = ['runners', 'set-account', runnerId, '--account', stripeAccount];
    const dry = await world.run(...set, '--dry-run');
    expect(dry.stdout).toContain('waiting   20.98 USD');
    const done = await world.run(...set, ...REASON, '--json');
    expect(ACCOUNT_SET.parse(JSON.parse(done.stdout))).toEqual({
      outcome: 'done',
      runnerId,
      stripeAccount,
    });
    expect((await world.run(...set, ...REASON)).stdout).toContain('Done before');
    await world.session.escrow.sendDueTransfers(10);
    expect(await read(payment)).toMatchObject({ transfer: { status: 'sent', stripeAccount } });
    const acts = await world.database.sql(
      `select operator, reason, outcome from operator_acts
       where act = 'runners.set.account' and details ->> 'runnerId' = $1`,
      [runnerId],
    );
    expect(acts).toEqual([{ operator: 'night', reason: 'checked', outcome: 'done' }]);
  });
});

describe('above OPS_APPROVAL_ABOVE', () => {
  const run = (...args: string[]) =>
    campusgPay(args, { ...world.env, OPS_APPROVAL_ABOVE: '1000 USD' });
  const as = (operator: string) => [
    '--yes',
    '--reason',
    `says ${operator}`,
    '--operator',
    operator,
  ];

  /** A request, and its number. */
  async function requested(...act: string[]): Promise<string> {
    const { code, stdout } = await run(...act, ...as('night'), '--json');
    expect(code).toBe(5);
    return String(JSON.parse(stdout).approvalId);
  }

  it('a release of a part is carried out on its own terms once somebody else approves', async () => {
    const { runnerId, stripeAccount } = runnerWith();
    const payment = await world.hold();
    const terms = ['--amount', '700', '--tip', '50', '--fee', '30', '--account', stripeAccount];
    const id = await requested('payments', 'release', payment.id, '--runner', runnerId, ...terms);
    expect((await read(payment)).status).toBe('AUTHORIZED');
    const approved = await run('approvals', 'approve', id, ...as('day'), '--json');
    expect(approved.code).toBe(0);
    expect(await read(payment)).toMatchObject({
      status: 'RELEASED',
      receivedMinor: 750,
      tipMinor: 50,
      feeMinor: 30,
      transfer: { status: 'sent', amountMinor: 720 },
    });
  });

  it('a refund of a part keeps its amount and its name', async () => {
    const payment = await release({ runnerId: 'user_9' });
    const part = ['--amount', '300', '--refund-id', 'late'];
    const id = await requested('payments', 'revert', payment.id, ...part);
    expect(await read(payment)).toMatchObject({ refunds: [] });
    expect((await run('approvals', 'approve', id, ...as('day'))).code).toBe(0);
    expect(await read(payment)).toMatchObject({
      refunds: [{ refundId: 'late', amountMinor: 300, status: 'succeeded', reason: 'says night' }],
    });
  });

  it('a transfer is sent once somebody else approves, and held back at once', async () => {
    const { runnerId, stripeAccount } = runnerWith('pending');
    const payment = await release({ runnerId, stripeAccount });
    expect((await run('transfers', 'pause', payment.id, ...as('night'))).code).toBe(0);
    world.sandbox.accounts.update(stripeAccount, { state: 'able' });
    const id = await requested('transfers', 'resume', payment.id);
    const own = await run('approvals', 'approve', id, ...as('night'));
    expect([own.code, await statusOfTransfer(payment)]).toEqual([2, 'paused']);
    const shown = await run('approvals', 'list', '--json');
    const open = linesOf(shown).map((line) => APPROVAL.parse(line));
    expect(open).toContainEqual(
      expect.objectContaining({ act: 'transfers.resume', paymentId: payment.id, runnerId: null }),
    );
    expect((await run('approvals', 'approve', id, ...as('day'))).code).toBe(0);
    expect(await statusOfTransfer(payment)).toBe('sent');
  });

  it('a request about a transfer that has moved on is not carried out', async () => {
    const { runnerId, stripeAccount } = runnerWith('pending');
    const payment = await release({ runnerId, stripeAccount });
    const id = await requested('transfers', 'send', payment.id);
    world.sandbox.accounts.update(stripeAccount, { state: 'able' });
    await world.session.escrow.resumeTransfer({ payment: { paymentId: payment.id } });
    expect(await statusOfTransfer(payment)).toBe('sent');
    const { code, stderr } = await run('approvals', 'approve', id, ...as('day'));
    expect([code, stderr]).toEqual([2, expect.stringContaining('has moved on')]);
    expect((await run('approvals', 'reject', id, ...as('day'))).code).toBe(0);
  });

  it('the account of a runner changes for much that waits once somebody else approves', async () => {
    const { runnerId, stripeAccount } = runnerWith();
    const set = ['runners', 'set-account', runnerId, '--account', stripeAccount];
    await world.session.escrow.setRunnerAccount({ runnerId, stripeAccount: null });
    await release({ runnerId });
    const id = await requested(...set);
    expect((await run(...set, ...as('night'))).stderr).toContain('is open already');
    const found = await world.session.money.runner(runnerId);
    expect(found._unsafeUnwrap()).toMatchObject({ stripeAccount: null });
    const approved = await run('approvals', 'approve', id, ...as('day'), '--json');
    expect(ACCOUNT_SET.parse(JSON.parse(approved.stdout))).toMatchObject({
      runnerId,
      stripeAccount,
    });
    // Nothing waits for a runner of whom nobody knows: that needs nobody.
    const other = runnerWith();
    const alone = await run(
      'runners',
      'set-account',
      other.runnerId,
      '--account',
      other.stripeAccount,
      ...as('night'),
    );
    expect(alone.code).toBe(0);
  });

  const statusOfTransfer = async (payment: Payment) => {
    const now = await read(payment);
    return 'transfer' in now ? now.transfer?.status : undefined;
  };
});
