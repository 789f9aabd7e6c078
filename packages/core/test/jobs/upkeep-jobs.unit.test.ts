import { type Escrow, type JobLeases, startUpkeepJobs } from '@campusg-pay/core';
import { virtualClock } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { silent, virtualScheduler } from '../scheduler.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What the jobs ask for in so much time, each with when it was asked. */
async function asked(forMs: number) {
  const clock = virtualClock({ autoAdvance: false });
  const jobs = new Map<string, { dueAt: Date; progress: unknown }>();
  const jobLeases: JobLeases = {
    take: async <Progress>({ name, now }: { name: string; now: Date }) => {
      const job = jobs.get(name) ?? { dueAt: new Date(0), progress: null };
      return ok(job.dueAt > now ? null : { progress: job.progress as Progress, leaseUntil: now });
    },
    putBack: async ({ name, dueAt, progress }) => {
      jobs.set(name, { dueAt, progress });
      return ok();
    },
  };
  const searches: { at: Date; since: Date; after: string | null }[] = [];
  const periods: { at: Date; from: Date; to: Date }[] = [];
  const pages = ['evt_1', null];
  const escrow = {
    sweep: async () => ok({ looked: 0, unreadable: 0, next: null, bugs: [] }),
    catchUp: async ({ since, after }: { since: Date; after: string | null }) => {
      searches.push({ at: clock.now(), since, after });
      const next = pages.shift() ?? null;
      return ok({ events: 0, changed: 0, unreadable: 0, next, bugs: [] });
    },
    compare: async (period: { from: Date; to: Date }) => {
      periods.push({ at: clock.now(), ...period });
      return ok({ intents: 0, payments: 0, unreadable: 0, passedOver: 0, findings: [] });
    },
  } as unknown as Escrow;
  const scheduler = virtualScheduler(clock);
  const jobsAtWork = startUpkeepJobs({
    escrow,
    jobLeases,
    clock,
    scheduler,
    log: silent,
    onFinding: () => {},
  });
  await clock.advance(forMs);
  void jobsAtWork.stop();
  await clock.advance(HOUR_MS);
  return { searches, periods };
}

describe('a search for missed webhooks', () => {
  it('begins with all that Stripe keeps, and the next one an hour before that one began', async () => {
    const { searches } = await asked(15 * MINUTE_MS);
    const [first, second, third] = searches;
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('too few searches');
    expect(first.at.getTime() - first.since.getTime()).toBe(30 * DAY_MS);
    expect(second).toMatchObject({ since: first.since, after: 'evt_1' });
    expect(first.at.getTime() - third.since.getTime()).toBe(HOUR_MS);
    expect(third.at.getTime() - second.at.getTime()).toBeGreaterThanOrEqual(5 * MINUTE_MS);
    expect(third.at.getTime() - second.at.getTime()).toBeLessThanOrEqual(6 * MINUTE_MS);
  });
});

describe('comparing', () => {
  it('goes through eight days by the hour, and leaves out what is still being written', async () => {
    const { periods } = await asked(40 * HOUR_MS);
    for (const { at, from, to } of periods) {
      expect(to.getTime() - from.getTime()).toBe(HOUR_MS);
      expect(at.getTime() - to.getTime()).toBeGreaterThanOrEqual(15 * MINUTE_MS);
    }
    const wrapped = periods.findIndex(
      ({ from }, n) => n > 0 && Number(from) < Number(periods[n - 1]?.from),
    );
    expect(wrapped).toBeGreaterThan(0);
    for (const [n, { from }] of periods.slice(1, wrapped).entries())
      expect(from).toEqual(periods[n]?.to);
    const [first] = periods;
    expect(Number(first?.at) - Number(first?.from)).toBeGreaterThanOrEqual(8 * DAY_MS);
    expect(Number(periods[wrapped]?.at) - Number(first?.at)).toBeLessThanOrEqual(30 * HOUR_MS);
  });
});
