import type { ActJournal, Money, PlannedRepair, Repair } from '@campusg-pay/core';
import { applyRepair } from '@campusg-pay/core';
import { usd, virtualClock } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What comes of a repair that its own planner applies, where more than 10.00 wants a second person. */
async function applied(moves: Partial<Repair>, operator = 'ada') {
  const dryRuns: boolean[] = [];
  const acts = { begin: async () => ok(1), end: async () => ok() } as unknown as ActJournal;
  const reconciler = {
    apply: async (_planned: PlannedRepair, { dryRun }: { readonly dryRun: boolean }) => {
      dryRuns.push(dryRun);
      return ok({ applied: dryRun ? ('would' as const) : ('done' as const), detail: null });
    },
  };
  const approvalAbove: readonly Money[] = [usd(1000)];
  const ids = { paymentId: 'payment-1', paymentIntentId: 'pi_1', givesBack: null };
  const repair = { type: 'report', ...ids, ...moves };
  const drift = { type: 'transfer_waiting', ours: null, theirs: null, repair };
  const planned = { drift, precondition: 'both', hash: 'one' } as unknown as PlannedRepair;
  const ports = { acts, clock: virtualClock(), log, reconciler, approvalAbove };
  const will = { operator, reason: 'end of day' };
  const wanted = { plan: 'plan', plannedBy: 'ada', dryRun: false, will };
  const done = await applyRepair(ports as never, planned, wanted as never);
  return { fate: done._unsafeUnwrap().applied, made: dryRuns.includes(false) };
}

const runner = (way: 'sends' | 'takes_back', minor: number) => ({
  runner: { way, money: usd(minor) },
});

describe('a repair that its planner applies', () => {
  it.each([
    ['gives back to the customer', (minor: number) => ({ givesBack: usd(minor) })],
    ['sends to the runner', (minor: number) => runner('sends', minor)],
    ['takes of the runner', (minor: number) => runner('takes_back', minor)],
  ] as const)('is left to somebody else if it %s more than is allowed', async (_name, moves) => {
    expect(await applied(moves(1001))).toEqual({ fate: 'second_person', made: false });
    expect(await applied(moves(1000))).toEqual({ fate: 'done', made: true });
    expect(await applied(moves(1001), 'grace')).toEqual({ fate: 'done', made: true });
  });

  it('is made where it moves nothing', async () => {
    expect(await applied({})).toEqual({ fate: 'done', made: true });
  });
});
