import { INSTALLATION, memorySystem } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import type { PlannedRepair } from '../../src/reconcile/plan.js';
import { applyOne } from '../../src/reconcile/plan-application.js';
import type { ReconcileRecords } from '../../src/reconcile/record-stream.js';
import type { RunStore } from '../../src/reconcile/run-store.js';
import type { Sides } from '../../src/reconcile/sides.js';

describe('a dry run of a repair', () => {
  it.each(['would', 'changed'] as const)('that tells "%s" writes nothing', async (told) => {
    const system = memorySystem();
    const { escrow, gateway, clock, store, authorizing } = system;
    await escrow.authorize(authorizing());
    gateway.dashboard.capture('pi_1');
    const [payment] = store.payments();
    if (payment === undefined) throw new Error('no payment');
    const history = [{ version: 1, type: 'authorized' as const }];
    const ours = {
      payment,
      history,
      liveOfOrder: 1,
      waitingSince: null,
      transferAt: null,
      debts: [],
    };
    const place = { at: payment.createdAt.toISOString(), id: payment.id };
    const records = {
      of: async () => ok([{ type: 'record', ours, place }]),
    } as unknown as ReconcileRecords;
    const sides: Sides = {
      records,
      gateway,
      clock,
      installation: INSTALLATION,
      scheduler: { pause: async () => {}, elapsedMs: () => 0, random: () => 0.5 },
      digest: (text) => text,
      stop: new AbortController().signal,
      met: { stripe: true },
    };
    const noted: unknown[] = [];
    const runs = {
      outcomeOf: async () => ok(null),
      noteOutcome: async (one: unknown) => {
        noted.push(one);
        return ok();
      },
    } as unknown as RunStore;
    const late = { waitsAfterMs: 60_000, debtAfterMs: 60_000 };
    const policy = { warnMs: 0, stuckAfterMs: 60_000, unpublishedAfterMs: 60_000, ...late };
    const context = () => ({ now: clock.now(), installation: INSTALLATION, policy });
    const { readAgainBothSides } = await import('../../src/reconcile/plan.js');
    const { judge } = await import('@campusg-pay/core');
    const listed = await gateway.retrieve('pi_1');
    const report = listed._unsafeUnwrap()?.report;
    if (report?.type !== 'intent') throw new Error('no PaymentIntent');
    const theirs = { intent: report.intent, createdAt: payment.createdAt };
    const [drift] = judge({ kind: 'both', ours, theirs }, context());
    if (drift === undefined) throw new Error('nothing differs');
    const now = (await readAgainBothSides(sides, drift, context()))._unsafeUnwrap();
    const precondition = told === 'would' ? (now?.precondition ?? '') : 'as it was once';
    const planned = { hash: 'h', drift, precondition } as unknown as PlannedRepair;
    const before = store.calls.length;
    const parts = { sides, store: runs, escrow, clock, context };
    const done = await applyOne(parts, planned, { plan: 'p', dryRun: true });
    expect(done._unsafeUnwrap()).toEqual({ applied: told, detail: null });
    expect(noted).toEqual([]);
    expect(store.calls.slice(before)).toEqual([]);
    // The same for good is written down.
    await applyOne(parts, planned, { plan: 'p', dryRun: false });
    expect(noted).toMatchObject([{ outcome: told === 'would' ? 'done' : 'changed' }]);
  });
});
