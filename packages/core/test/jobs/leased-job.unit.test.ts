import { type JobLeases, startLeasedJob } from '@campusg-pay/core';
import { virtualClock } from '@campusg-pay/core/testing';
import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { silent, virtualScheduler } from '../scheduler.js';

const LEASE_MS = 60_000;
const LOOK_MS = 1_000;

/** The lease of one job, in memory. */
function oneLease() {
  const row = { progress: null as unknown, dueAt: new Date(0), lost: 0 };
  const leases: JobLeases = {
    take: async <Progress>({ now, leaseMs }: { now: Date; leaseMs: number }) => {
      if (row.dueAt > now) return ok(null);
      row.dueAt = new Date(now.getTime() + leaseMs);
      return ok({ progress: row.progress as Progress, leaseUntil: row.dueAt });
    },
    putBack: async ({ leaseUntil, dueAt, progress }) => {
      if (leaseUntil.getTime() !== row.dueAt.getTime()) row.lost += 1;
      else Object.assign(row, { dueAt, progress });
      return ok();
    },
  };
  return { row, leases };
}

/** A job whose rounds take so long, done by some replicas. */
function jobs(roundMs: number, fails: () => boolean = () => false) {
  const clock = virtualClock({ autoAdvance: false });
  const { row, leases } = oneLease();
  const rounds: { replica: string; from: number; to: number; progress: number | null }[] = [];
  const host = { clock, scheduler: virtualScheduler(clock), log: silent, jobLeases: leases };
  const start = (replica: string) =>
    startLeasedJob<number>(
      {
        name: 'job',
        lookEveryMs: LOOK_MS,
        leaseMs: LEASE_MS,
        round: async (progress) => {
          const one = { replica, from: clock.now().getTime(), to: Infinity, progress };
          rounds.push(one);
          await clock.sleep(roundMs);
          one.to = clock.now().getTime();
          return fails()
            ? err({ type: 'DatabaseUnavailable', reason: 'away' })
            : ok({ progress: (progress ?? 0) + 1, restMs: 10_000 });
        },
      },
      host,
    );
  return { clock, row, rounds, start };
}

describe('a job that replicas share', () => {
  it('is done by one at a time, from where the last one left it, after its rest', async () => {
    const { clock, rounds, start } = jobs(5_000);
    const both = [start('one'), start('other')];
    await clock.advance(100_000);
    for (const job of both) void job.stop();
    await clock.advance(100_000);
    expect(rounds.map(({ progress }) => progress)).toEqual(
      rounds.map((_, n) => (n === 0 ? null : n)),
    );
    expect(rounds.length).toBeGreaterThan(5);
    for (const [n, { from }] of rounds.entries()) {
      const before = rounds[n - 1];
      if (before === undefined) continue;
      expect(from - before.to).toBeGreaterThanOrEqual(10_000);
      expect(from - before.to).toBeLessThanOrEqual(10_000 + 2 * LOOK_MS);
    }
  });

  it('is taken over where a round lasts longer than its lease, and what that comes to is not kept', async () => {
    const { clock, rounds, row, start } = jobs(LEASE_MS + 5_000);
    const both = [start('one'), start('other')];
    await clock.advance(LEASE_MS + 10_000);
    expect(rounds.map(({ progress }) => progress)).toEqual([null, null]);
    expect(Number(rounds[1]?.from) - Number(rounds[0]?.from)).toBeGreaterThanOrEqual(LEASE_MS);
    expect(row).toMatchObject({ lost: 1, progress: null });
    for (const job of both) void job.stop();
    await clock.advance(2 * LEASE_MS);
  });

  it('rests for a minute after a fault, and then does the same part again', async () => {
    let failing = true;
    const { clock, rounds, start } = jobs(100, () => failing);
    const job = start('one');
    await clock.advance(30_000);
    expect(rounds).toHaveLength(1);
    failing = false;
    await clock.advance(32_000);
    expect(rounds.map(({ progress }) => progress)).toEqual([null, null]);
    const rest = Number(rounds[1]?.from) - Number(rounds[0]?.to);
    expect(rest).toBeGreaterThanOrEqual(60_000);
    void job.stop();
    await clock.advance(60_000);
  });
});
