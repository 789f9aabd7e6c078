import type { Payment } from '@campusg-pay/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasTerminal, inTerminal, type Terminal } from './terminal.js';
import { openWorld, type World } from './world.js';

vi.setConfig({ testTimeout: 90_000 });

let world: World;
let released: Payment;
let waiting: Payment;
const LONG = 'order_with_a_rather_long_name_that_some_other_system_has_made_up_for_it';
const MARKED = 'captured at Stripe for 12.00 USD by somebody else, and nobody knows why';

beforeAll(async () => {
  world = await openWorld();
  await world.hold({ orderId: LONG, customerId: `user_${'x'.repeat(60)}` });
  await world.hold({ currency: 'JPY', amountMinor: 12_345_678 });
  released = await world.hold({ description: 'Groceries and a few other things. '.repeat(8) });
  const ref = { payment: { paymentId: released.id }, correlationId: crypto.randomUUID() };
  await world.session.escrow.release({ ...ref, runnerId: `user_${'r'.repeat(60)}` });
  const runnerId = `runner_${'z'.repeat(60)}`;
  await world.session.escrow.setRunnerAccount({ runnerId, stripeAccount: null });
  waiting = await world.hold();
  const { id: paymentId } = waiting;
  const shared = { payment: { paymentId }, correlationId: crypto.randomUUID() };
  await world.session.escrow.release({ ...shared, runnerId, platformFeeMinor: 98 });
  const part = { amountMinor: 500, refundId: 'missing-item-1', reason: 'one item was missing' };
  await world.session.escrow.revert({ ...shared, ...part });
  await world.database.sql('update payments set review = $2 where id = $1', [released.id, MARKED]);
  await world.hold({ orderId: 'order_declined', paymentMethodId: 'pm_card_visa_chargeDeclined' });
});
afterAll(() => world.close());

const at = (columns: number, ...args: string[]) => inTerminal(args, { env: world.env, columns });

/** What is to be seen, as if it had not been broken into lines. */
async function textOf(terminal: Terminal): Promise<string> {
  return (await terminal.screen()).join(' ').replace(/\s+/g, ' ');
}

describe.skipIf(!hasTerminal).each([80, 120])('at a terminal %i columns wide', (columns) => {
  it.each([
    ['payments list', () => ['payments', 'list'], /ORDER .*STATUS .*AMOUNT/],
    ['payments list --review', () => ['payments', 'list', '--review'], /RELEASED! .*captured/],
    ['payments show', () => ['payments', 'show', released.id], /status +RELEASED/],
    [
      'payments reviewed',
      () => ['payments', 'reviewed', released.id, '--reason', 'seen', '--dry-run'],
      /listed no more/,
    ],
    ['explain', () => ['explain', released.id], /Next\n +release/],
    ['status', () => ['status'], /Holds by their end\n.*█/],
    [
      'payments list of transfers',
      () => ['payments', 'list', '--transfer-status', 'waiting_account'],
      /TRANSFER/,
    ],
    ['explain a way', () => ['explain', waiting.id], /captured 20\.98 = transferred/],
    ['transfers list', () => ['transfers', 'list'], /ORDER .*STATUS .*AMOUNT/],
    ['transfers show', () => ['transfers', 'show', waiting.id], /status +waiting_account/],
    [
      'transfers pause',
      () => ['transfers', 'pause', waiting.id, '--reason', 'x', '--dry-run'],
      /Stripe is not called/,
    ],
    ['runners list', () => ['runners', 'list'], /RUNNER .*ACCOUNT .*OWES/],
    ['runners show', () => ['runners', 'show', `runner_${'z'.repeat(60)}`], /account +none yet/],
    ['refunds list', () => ['refunds', 'list'], /ORDER .*STATUS .*AMOUNT/],
    ['operations list', () => ['operations', 'list'], /No call is owed/],
    ['outbox list', () => ['outbox', 'list'], /NO\. +EVENT/],
    ['approvals list', () => ['approvals', 'list'], /No request is open/],
    ['doctor', () => ['doctor'], /ok +database /],
    ['config', () => ['config'], /STRIPE_SECRET_KEY +sk_test_\*\*\*\*/],
    ['migrate --status', () => ['migrate', '--status'], /applied +000001_payments/],
    ['events replay', () => ['events', 'replay', '--from', '1h', '--dry-run'], /not called/],
    ['webhooks sync', () => ['webhooks', 'sync', '--dry-run'], /has delivered every webhook/],
    ['operations resume', () => ['operations', 'resume', '--dry-run'], /Nothing is due/],
    ['completion', () => ['completion', 'fish'], /complete -c campusg-pay/],
    ['--help', () => ['--help'], /Usage: campusg-pay/],
  ])('%s fits', async (name, argsOf, shown) => {
    const terminal = await at(columns, ...argsOf());
    expect(await terminal.ended()).toBe(0);
    expect((await terminal.screen()).join('\n')).toMatch(shown);
    // What is for another program to read is not laid out.
    if (name !== 'completion') expect(await terminal.isBroken()).toBe(false);
  });

  it('tells all of why a person should look, in a list of those', async () => {
    const terminal = await at(columns, 'payments', 'list', '--review');
    await terminal.ended();
    const screen = await terminal.screen();
    const from = screen.find((line) => line.includes('REVIEW'))?.indexOf('REVIEW');
    expect(from).toBeGreaterThan(0);
    const told = screen.map((line) => line.slice(from)).join(' ');
    expect(told.replace(/\s+/g, ' ')).toContain(MARKED);
    expect(screen.join('\n')).not.toContain('CUSTOMER');
  });

  it('shows the consequences, asks why and whether, and does what is answered', async () => {
    const payment = await world.hold({ amountMinor: 3210 });
    const terminal = await at(columns, 'payments', 'revert', payment.orderId);
    await terminal.sees(/Why\? \(for the records\)/);
    expect(await textOf(terminal)).toMatch(/the hold of 32\.10 USD is let go/);
    await terminal.press('Enter');
    await terminal.sees(/It must not be empty/);
    await terminal.type('the shop is closed');
    await terminal.press('Enter');
    await terminal.sees(/Revert 32\.10 USD of order \S+\? \(y\/N\)/);
    await terminal.press('y', 'Enter');
    expect(await terminal.ended()).toBe(0);
    expect(await textOf(terminal)).toMatch(/Done: order \S+ is REVERTED/);
    const [act] = await world.database.sql(
      'select reason, outcome from operator_acts where payment_id = $1',
      [payment.id],
    );
    expect(act).toEqual({ reason: 'the shop is closed', outcome: 'done' });
  });

  it.each([
    ['no', ['n', 'Enter'], 2],
    ['nothing but Enter', ['Enter'], 2],
    ['Ctrl-C', ['C-c'], 130],
    ['Ctrl-D', ['C-d'], 130],
  ])('does nothing when the answer is %s', async (_, keys, code) => {
    const payment = await world.hold();
    const release = ['payments', 'release', payment.id, '--runner', 'user_9', '--reason', 'why'];
    const terminal = await at(columns, ...release);
    await terminal.sees(/to user_9\? \(y\/N\)/);
    await terminal.press(...keys);
    expect(await terminal.ended()).toBe(code);
    expect((await terminal.screen()).join('\n')).toContain('Nothing was done.');
    const found = await world.session.repository.find({ paymentId: payment.id });
    expect(found._unsafeUnwrap()?.status).toBe('AUTHORIZED');
    expect(
      await world.database.sql('select from operator_acts where payment_id = $1', [payment.id]),
    ).toEqual([]);
  });

  it.each([
    ['Ctrl-D', (terminal: Terminal) => terminal.press('C-d')],
    ['Ctrl-D behind text', (terminal: Terminal) => terminal.press('n', 'o', 'C-d')],
    ['SIGTERM', (terminal: Terminal) => terminal.signal('SIGTERM')],
    ['SIGHUP', (terminal: Terminal) => terminal.signal('SIGHUP')],
  ])('is left at once by %s, at any question', async (_, leave) => {
    const payment = await world.hold();
    const release = ['payments', 'release', payment.id, '--runner', 'user_9'];
    for (const [more, question] of [
      [[], /Why\? \(for the records\)/],
      [['--reason', 'why'], /to user_9\? \(y\/N\)/],
    ] as const) {
      const terminal = await at(columns, ...release, ...more);
      await terminal.sees(question);
      await leave(terminal);
      // Otherwise it would wait for an answer, and this for its end in vain.
      expect(await terminal.ended()).toBe(130);
      expect(await textOf(terminal)).toContain('Nothing was done.');
    }
    const found = await world.session.repository.find({ paymentId: payment.id });
    expect(found._unsafeUnwrap()?.status).toBe('AUTHORIZED');
  });

  it('does nothing where the payment has moved on while the operator was thinking', async () => {
    const payment = await world.hold();
    const terminal = await at(columns, 'payments', 'revert', payment.id, '--reason', 'why');
    await terminal.sees(/Revert [^?]*\? \(y\/N\)/);
    const ref = { payment: { paymentId: payment.id }, correlationId: crypto.randomUUID() };
    await world.session.escrow.release({ ...ref, runnerId: 'user_9' });
    await terminal.press('y', 'Enter');
    expect(await terminal.ended()).toBe(2);
    expect(await textOf(terminal)).toContain(
      'Another command was faster: the payment is now RELEASED',
    );
    const found = await world.session.repository.find({ paymentId: payment.id });
    expect(found._unsafeUnwrap()).toMatchObject({ status: 'RELEASED', operation: null });
  });

  it('asks before a request is approved', async () => {
    const payment = await world.hold({ amountMinor: 5555 });
    const env = { ...world.env, OPS_APPROVAL_ABOVE: '1000 USD' };
    const asking = await inTerminal(
      ['payments', 'revert', payment.id, '--reason', 'why', '--operator', 'night'],
      { env, columns },
    );
    await asking.sees(/Ask a second person for this: Revert 55\.55 USD[^?]*\? \(y\/N\)/);
    await asking.press('y', 'Enter');
    expect(await asking.ended()).toBe(5);
    const [, id = ''] = /Request (\d+) waits/.exec(await textOf(asking)) ?? [];
    const approving = await inTerminal(
      ['approvals', 'approve', id, '--reason', 'seen', '--operator', 'day'],
      { env, columns },
    );
    await approving.sees(/Approve request \d+ of night\? \(y\/N\)/);
    await approving.press('y', 'Enter');
    expect(await approving.ended()).toBe(0);
    expect(await textOf(approving)).toMatch(/REVERTED, 55\.55 USD, voided/);
  });

  it('watches the list until Ctrl-C, and shows what is new', async () => {
    const terminal = await at(columns, 'payments', 'list', '--watch');
    await terminal.sees(/Ctrl-C ends/);
    const { orderId } = await world.hold();
    await terminal.sees(new RegExp(orderId));
    expect(await terminal.isBroken()).toBe(false);
    await terminal.press('C-c');
    expect(await terminal.ended()).toBe(130);
  });
});
