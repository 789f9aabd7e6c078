import { type Archiver, type JobLeases, startArchiving } from '@campusg-pay/core';
import { virtualClock } from '@campusg-pay/core/testing';
import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { silent, virtualScheduler } from '../scheduler.js';

const DAY_MS = 86_400_000;
const LEFT = { payments: 2, events: 6, operations: 4, webhooks: 2 };

/** A pass of three parts; the second one fails at first. */
async function archived(forMs: number) {
  const clock = virtualClock({ autoAdvance: false });
  const asked: { after: Parameters<Archiver['part']>[0]['after']; apply: boolean; at: number }[] =
    [];
  let failures = 1;
  const archiver: Archiver = {
    part: async (wanted) => {
      asked.push({ ...wanted, at: clock.now().getTime() });
      const part = wanted.after === null ? 1 : Number(wanted.after.id);
      if (part === 2 && failures > 0) {
        failures -= 1;
        return err({ type: 'ArchiveUnwritable', folder: '/srv/archive', code: 'ENOSPC' });
      }
      const next = part === 3 ? null : { at: 'then', id: String(part + 1) };
      const kept = { open: 0, unproven: 0, found: 0, archived: 0 };
      return ok({ looked: 2, kept, proven: 2, left: LEFT, file: null, next });
    },
  };
  const row = { progress: null as unknown, dueAt: new Date(0) };
  const jobLeases: JobLeases = {
    take: async <Progress>({ now, leaseMs }: { now: Date; leaseMs: number }) => {
      if (row.dueAt > now) return ok(null);
      row.dueAt = new Date(now.getTime() + leaseMs);
      return ok({ progress: row.progress as Progress, leaseUntil: row.dueAt });
    },
    putBack: async ({ dueAt, progress }) => {
      Object.assign(row, { dueAt, progress });
      return ok();
    },
  };
  const host = { clock, scheduler: virtualScheduler(clock), log: silent, jobLeases };
  const job = startArchiving(archiver, host);
  await clock.advance(forMs);
  void job.stop();
  return asked;
}

describe('archiving in the background', () => {
  it('goes on where it was, also behind a fault, and begins a new pass a day after the end', async () => {
    const asked = await archived(DAY_MS + 3_600_000);
    expect(asked.map(({ after }) => after?.id ?? null)).toEqual([
      null,
      '2',
      '2',
      '3',
      null,
      '2',
      '3',
    ]);
    expect(asked.every(({ apply }) => apply)).toBe(true);
    const ends = asked[3]?.at ?? 0;
    expect((asked[4]?.at ?? 0) - ends).toBeGreaterThanOrEqual(DAY_MS);
  });
});
