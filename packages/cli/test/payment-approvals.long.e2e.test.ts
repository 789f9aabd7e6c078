import type { Payment } from '@campusg-pay/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { APPROVAL } from '../src/wording/documents.js';
import { campusgPay } from './cli.js';
import { actsOf, linesOf, movesOf, openWorld, statusOf, type World } from './world.js';

// Many programs are started, one after the other.
vi.setConfig({ testTimeout: 90_000 });

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('acts above OPS_APPROVAL_ABOVE', () => {
  const as = (operator: string) => [
    '--reason',
    `says ${operator}`,
    '--operator',
    operator,
    '--yes',
  ];
  const run = (...args: string[]) =>
    campusgPay(args, { ...world.env, OPS_APPROVAL_ABOVE: '2098 USD' });

  /** A request to revert or release, and its number. */
  async function requested(payment: Payment, ...act: string[]): Promise<string> {
    const { code, stdout } = await run('payments', ...act, ...as('night'), '--json');
    expect(code).toBe(5);
    expect(await statusOf(world, payment)).toBe('AUTHORIZED');
    return String(JSON.parse(stdout).approvalId);
  }

  it('are done at once up to the amount, and asked for above it or in another currency', async () => {
    const [within, above] = [await world.hold(), await world.hold({ amountMinor: 2099 })];
    const yen = await world.hold({ currency: 'JPY' });
    const codes: (number | null)[] = [];
    for (const { id } of [within, above, yen])
      codes.push((await run('payments', 'revert', id, ...as('night'))).code);
    // Nothing moved, which a script must not take for done.
    expect(codes).toEqual([0, 5, 5]);
    expect(await Promise.all([within, above, yen].map((one) => statusOf(world, one)))).toEqual([
      'REVERTED',
      'AUTHORIZED',
      'AUTHORIZED',
    ]);
  });

  it('are carried out when somebody else approves, through the same record', async () => {
    const payment = await world.hold({ amountMinor: 9000 });
    const id = await requested(payment, 'release', payment.id, '--runner', 'user_9');
    const { stdout } = await run('approvals', 'list', '--json');
    const open = linesOf({ stdout }).map((line) => APPROVAL.parse(line));
    expect(open.find(({ approvalId }) => String(approvalId) === id)).toMatchObject({
      act: 'payments.release',
      paymentId: payment.id,
      requestedBy: 'night',
      amount: { major: '90.00' },
      details: { runnerId: 'user_9' },
      state: 'waiting',
    });
    const approved = await run('approvals', 'approve', id, ...as('day'));
    expect(approved.code).toBe(0);
    expect(approved.stdout).toContain('RELEASED, 90.00 USD to user_9');
    expect(await actsOf(world, payment)).toMatchObject([{ operator: 'day', outcome: 'done' }]);
    expect(movesOf(world, payment)).toEqual(['capture']);
    const told = (await run('explain', payment.id)).stdout;
    expect(told).toMatch(/asks for payments\.release \(\d+\): says night {2}\[night\]/);
    expect(told).toMatch(/approves request \d+: says day {2}\[day\]/);
    expect((await run('approvals', 'approve', id, ...as('day'))).code).toBe(2);
  });

  it.each(['approve', 'reject'])('can not be %sd by who asked for them', async (decision) => {
    const payment = await world.hold({ amountMinor: 9000 });
    const id = await requested(payment, 'revert', payment.id);
    const { code, stderr } = await run('approvals', decision, id, ...as('NIGHT'));
    expect(code).toBe(2);
    const own = `Request ${id} is night's own: somebody else must decide.\n`;
    expect(stderr).toBe(own);
    // Before anything else: neither is a reason asked for, nor does a dry run promise anything.
    for (const options of [['--dry-run'], []]) {
      const told = await run('approvals', decision, id, '--operator', 'night', ...options);
      expect(told).toMatchObject({ code: 2, stdout: '', stderr: own });
    }
    expect(await statusOf(world, payment)).toBe('AUTHORIZED');
  });

  it('are done no more once they are rejected, and may be asked for again', async () => {
    const payment = await world.hold({ amountMinor: 9000 });
    const id = await requested(payment, 'revert', payment.id);
    expect((await run('payments', 'revert', payment.id, ...as('night'))).code).toBe(2);
    expect((await run('approvals', 'reject', id, ...as('day'))).code).toBe(0);
    expect((await run('approvals', 'approve', id, ...as('day'))).code).toBe(2);
    expect(await statusOf(world, payment)).toBe('AUTHORIZED');
    expect(Number(await requested(payment, 'revert', payment.id))).toBeGreaterThan(Number(id));
  });

  it('are refused where the payment has moved on since they were asked for', async () => {
    const payment = await world.hold({ amountMinor: 9000 });
    const id = await requested(payment, 'revert', payment.id);
    const ref = { payment: { paymentId: payment.id }, correlationId: 'meanwhile' };
    await world.session.escrow.release({ ...ref, runnerId: 'user_9' });
    const { code, stderr } = await run('approvals', 'approve', id, ...as('day'));
    expect(code).toBe(2);
    expect(stderr).toContain('was AUTHORIZED when this was asked for, and has moved on');
    expect(await statusOf(world, payment)).toBe('RELEASED');
  });

  it('wait again when Stripe is away, and can then be approved', async () => {
    const payment = await world.hold({ amountMinor: 9000 });
    const id = await requested(payment, 'revert', payment.id);
    const path = '/v1/payment_intents/*/cancel';
    world.sandbox.faults.add({ path, times: 9, effect: { kind: 'rate_limit' } });
    expect((await run('approvals', 'approve', id, ...as('day'))).code).toBe(3);
    world.sandbox.faults.clear();
    expect((await run('approvals', 'approve', id, ...as('day'))).code).toBe(0);
    expect(await statusOf(world, payment)).toBe('REVERTED');
  });
});
