import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RUN } from '../src/wording/reconcile-documents.js';
import { newFolder } from './cli.js';
import { linesOf, openWorld, type World } from './world.js';

vi.setConfig({ testTimeout: 240_000 });

const AS_NIGHT = ['--operator', 'night'];

describe('a finding that somebody has looked at', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  it('is counted and not told again, until its facts change', async () => {
    const { run, hold, session, sandbox } = world;
    const payment = await hold();
    const { id, orderId, paymentIntentId } = payment;
    const ref = { payment: { paymentId: id }, correlationId: crypto.randomUUID() };
    await session.escrow.release({ ...ref, runnerId: 'user_9' });
    const refund = (amount: number) =>
      fetch(`${sandbox.url}/v1/refunds`, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.env.STRIPE_SECRET_KEY}` },
        body: new URLSearchParams({ payment_intent: paymentIntentId ?? '', amount: `${amount}` }),
      });
    const tellRecord = async () => {
      await run('reconcile', ...AS_NIGHT);
      const plan = await run('reconcile', 'plan', ...AS_NIGHT);
      const file = `${await newFolder()}/plan.json`;
      await writeFile(file, plan.stdout);
      const applied = ['reconcile', 'apply', file, '--reason', 'told', '--yes', ...AS_NIGHT];
      expect((await run(...applied)).code).toBe(0);
    };

    await refund(500);
    await tellRecord();
    const before = await run('reconcile', ...AS_NIGHT, '--json');
    expect(before.code).toBe(4);
    expect(linesOf(before)).toMatchObject([{ finding: 'refund_differs', accepted: null }]);

    const asked = await run('payments', 'reviewed', orderId, '--dry-run', ...AS_NIGHT);
    expect(asked.stdout).toMatch(/accepts +another refund \(refund_differs\): Of 20\.98/);
    const looked = [
      'payments',
      'reviewed',
      orderId,
      '--reason',
      'a dented tin',
      '--yes',
      ...AS_NIGHT,
    ];
    expect((await run(...looked)).code).toBe(0);

    const after = await run('reconcile', ...AS_NIGHT);
    expect(after.stdout).toMatch(/Nothing new is found\.\n1 finding is not counted/);
    expect(after.code).toBe(0);
    const last = linesOf(await run('reconcile', 'history', '--limit', '1', '--json')).map((one) =>
      RUN.parse(one),
    );
    expect(last).toMatchObject([{ accepted: 1, findings: { serious: 0 } }]);
    const { runId = 0 } = last[0] ?? {};
    const shown = await run('reconcile', 'show', String(runId), '--accepted');
    expect(shown.stdout).toMatch(/accepted by night on \d{4}-\d\d-\d\d: a dented tin/);
    const all = await run('reconcile', 'show', String(runId), '--accepted', '--json');
    expect(linesOf(all)).toMatchObject([{ accepted: { by: 'night', note: 'a dented tin' } }]);
    expect((await run('reconcile', 'plan', ...AS_NIGHT)).stderr).toContain('0 repairs');
    const told = (await run('explain', orderId)).stdout;
    expect(told).toMatch(/found +serious, another refund \(refund_differs\) by runs \d+ to \d+:/);
    expect(told).toMatch(/Now: accepted by night on /);
    expect((await run('payments', 'reviewed', orderId, ...looked.slice(3))).code).toBe(2);

    // Another amount is another finding.
    await refund(100);
    await tellRecord();
    const anew = await run('reconcile', ...AS_NIGHT, '--json');
    expect(anew.code).toBe(4);
    expect(linesOf(anew)).toMatchObject([
      { finding: 'refund_differs', facts: { refundedMinor: 600 }, accepted: null },
    ]);
    const diff = await run('reconcile', 'diff', String(runId), String(runId + 2), '--json');
    expect(diff.code).toBe(4);
    expect(linesOf(diff)).toMatchObject([{ change: 'new', finding: 'refund_differs' }]);
    expect((await run('explain', orderId)).stdout).toMatch(/Reconcile found .*refund_differs/);
  });
});
