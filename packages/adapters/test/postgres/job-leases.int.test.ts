import { startLeasedJob } from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createJobLeases } from '../../src/postgres/jobs/job-leases.js';
import { systemScheduler } from '../../src/service/settings.js';
import { testClock } from '../setup/clock.js';
import { testDatabase } from '../setup/database.js';
import { until } from '../setup/service.js';

const { pool } = await testDatabase();
const jobLeases = createJobLeases({ pool });
const log = pino({ level: 'silent' });
const START = Date.UTC(2026, 0, 5);
const at = (seconds: number) => new Date(START + seconds * 1000);

const take = async (name: string, seconds: number) =>
  (await jobLeases.take<number>({ name, now: at(seconds), leaseMs: 10_000 }))._unsafeUnwrap();

const putBack = async (name: string, back: { lease: number; due: number; progress: number }) =>
  (
    await jobLeases.putBack({
      name,
      progress: back.progress,
      leaseUntil: at(back.lease),
      dueAt: at(back.due),
    })
  )._unsafeUnwrap();

describe('a leased job', () => {
  it('is taken by one of many who want it at once', async () => {
    const takers = await Promise.all(Array.from({ length: 8 }, () => take('raced', 0)));
    expect(takers.filter((taken) => taken !== null)).toEqual([
      { progress: null, leaseUntil: at(10) },
    ]);
  });

  it('rests until it is due, and goes on where it was left', async () => {
    await take('rests', 0);
    await putBack('rests', { lease: 10, due: 60, progress: 7 });
    expect(await take('rests', 59)).toBeNull();
    expect(await take('rests', 60)).toEqual({ progress: 7, leaseUntil: at(70) });
  });

  it('is taken over once its holder was lost, who can no longer put it back', async () => {
    await take('lost', 0);
    expect(await take('lost', 9)).toBeNull();
    expect(await take('lost', 10)).toEqual({ progress: null, leaseUntil: at(20) });
    await putBack('lost', { lease: 10, due: 11, progress: 1 });
    expect(await take('lost', 19)).toBeNull();
    await putBack('lost', { lease: 20, due: 21, progress: 2 });
    expect((await take('lost', 21))?.progress).toBe(2);
  });

  it('is done by one replica at a time, round after round', async () => {
    const clock = testClock();
    const done: number[] = [];
    let atOnce = 0;
    const count = {
      name: 'counted',
      lookEveryMs: 10,
      leaseMs: 60_000,
      round: async (progress: number | null) => {
        atOnce += 1;
        expect(atOnce).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        atOnce -= 1;
        const next = (progress ?? 0) + 1;
        done.push(next);
        return ok({ progress: next, restMs: 5 });
      },
    };
    const replicas = [1, 2, 3].map(() =>
      startLeasedJob(count, { jobLeases, clock, scheduler: systemScheduler, log }),
    );
    await until(
      () => done.length,
      (rounds) => rounds >= 10,
    );
    await Promise.all(replicas.map((one) => one.stop()));
    expect(done).toEqual(done.map((_, index) => index + 1));
  });

  it('is tried again from the same place after a fault, a minute later', async () => {
    // It stands still: a slow machine would add to the minute.
    let nowMs = START;
    const clock = { ...testClock(), now: () => new Date(nowMs) };
    const seen: (number | null)[] = [];
    const fault = { type: 'DatabaseUnavailable', reason: 'gone', outcome: 'unknown' } as const;
    const flaky = {
      name: 'flaky',
      lookEveryMs: 5,
      leaseMs: 600_000,
      round: async (progress: number | null) => {
        seen.push(progress);
        return seen.length === 2 ? err(fault) : ok({ progress: seen.length, restMs: 0 });
      },
    };
    const running = startLeasedJob(flaky, { jobLeases, clock, scheduler: systemScheduler, log });
    await until(
      () => seen.length,
      (rounds) => rounds === 2,
    );
    const putBack = `select 1 from chores where name = 'flaky' and due_at = $1`;
    await until(
      async () => (await pool.query(putBack, [at(60)])).rowCount,
      (count) => count === 1,
    );
    nowMs += 59_999;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toEqual([null, 1]);
    nowMs += 1;
    await until(
      () => seen.length,
      (rounds) => rounds >= 4,
    );
    await running.stop();
    expect(seen.slice(0, 4)).toEqual([null, 1, 1, 3]);
  });
});
