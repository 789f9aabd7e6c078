import type { Escrow } from '@campusg-pay/core';
import { repeat, startRecoveryWorker } from '@campusg-pay/core';
import { virtualClock } from '@campusg-pay/core/testing';
import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { silent, virtualScheduler } from '../scheduler.js';

type Resume = Escrow['resume'];

/** When rounds of recovery began, in milliseconds since the start. */
async function begun(
  forMs: number,
  resume: (clock: { sleep(ms: number): Promise<void> }) => ReturnType<Resume>,
) {
  const clock = virtualClock({ autoAdvance: false });
  const scheduler = virtualScheduler(clock);
  const at: number[] = [];
  const escrow = {
    resume: () => {
      at.push(scheduler.elapsedMs());
      return resume(clock);
    },
  } as unknown as Escrow;
  const worker = startRecoveryWorker(escrow, { scheduler, log: silent });
  await clock.advance(forMs);
  const seen = [...at];
  void worker.stop();
  await clock.advance(forMs);
  return seen;
}

describe('recovery in the background', () => {
  it('looks every half second while there is nothing to do, in two lanes', async () => {
    const at = await begun(2_100, async () => ok({ taken: 0, bugs: [] }));
    expect(at).toEqual([0, 0, 500, 500, 1_000, 1_000, 1_500, 1_500, 2_000, 2_000]);
  });

  it('looks ten times a second while there is', async () => {
    const at = await begun(250, async () => ok({ taken: 1, bugs: [] }));
    expect(at).toEqual([0, 0, 100, 100, 200, 200]);
  });

  it('goes on in the other lane while one round waits for a writer', async () => {
    let first = true;
    const at = await begun(1_100, async (clock) => {
      if (first) {
        first = false;
        await clock.sleep(60_000);
      }
      return ok({ taken: 0, bugs: [] });
    });
    expect(at).toEqual([0, 0, 500, 1_000]);
  });

  it('tries again a second after a fault', async () => {
    const fault = { type: 'DatabaseUnavailable', reason: 'away' } as const;
    expect(await begun(1_100, async () => err(fault))).toEqual([0, 0, 1_000, 1_000]);
  });
});

describe('work that repeats', () => {
  it('is woken out of its rest, but not out of that after a failure', async () => {
    const clock = virtualClock({ autoAdvance: false });
    const scheduler = virtualScheduler(clock);
    const at: number[] = [];
    let fails = false;
    const work = repeat({
      scheduler,
      round: async () => {
        at.push(scheduler.elapsedMs());
        if (fails) throw new Error('away');
        return 10_000;
      },
      onError: () => {},
      errorPauseMs: 5_000,
    });
    await clock.advance(100);
    fails = true;
    work.wake();
    await clock.advance(100);
    work.wake();
    await clock.advance(100);
    expect(at).toEqual([0, 100]);
    fails = false;
    await clock.advance(4_900);
    expect(at).toEqual([0, 100, 5_100]);
    void work.stop();
    await clock.advance(10_000);
    expect(at).toHaveLength(3);
  });
});
