import { createPresence, type HolderLocks, type Scheduler } from '@campusg-pay/core';
import { virtualClock } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const SELF = 100;
const OTHER = 200;

/** A process that looks around, with time in the hands of the test. */
function world() {
  const clock = virtualClock();
  const began = clock.now().getTime();
  const scheduler: Scheduler = {
    pause: async () => {},
    elapsedMs: () => clock.now().getTime() - began,
    random: () => 0.5,
  };
  const lines: object[] = [];
  const note = (facts: object) => lines.push(facts);
  const log = { debug: note, info: note, warn: note, error: note };
  const letGo: number[][] = [];
  const locks: HolderLocks = {
    look: async () => ({ holders: { live: 1, missing: [] } }),
    letGoOf: async (gone) => letGo.push([...gone]),
    end: async () => {},
  };
  const presence = createPresence({ self: SELF, clock, scheduler, log });
  const looks = async (missing: readonly number[], live = 1) =>
    presence.saw({ live, missing }, locks);
  return { clock, presence, looks, letGo, lines };
}

describe('a holder that is missing', () => {
  it('is gone once it was missing for a second, and not at the first look', async () => {
    const { clock, looks, letGo, lines } = world();
    await looks([OTHER]);
    await clock.advance(500);
    await looks([OTHER]);
    await clock.advance(499);
    await looks([OTHER]);
    expect(letGo).toEqual([]);
    await clock.advance(1);
    await looks([OTHER]);
    expect(letGo).toEqual([[OTHER]]);
    expect(lines).toEqual([{ replicas: 1, calls: 1 }]);
  });

  it('has its second anew each time it was seen again', async () => {
    const { clock, looks, letGo } = world();
    for (let round = 0; round < 5; round += 1) {
      await looks([OTHER]);
      await clock.advance(900);
      await looks([OTHER]);
      await looks([]);
    }
    expect(letGo).toEqual([]);
  });

  it('has its second anew where we lost our own connection as well', async () => {
    const { clock, presence, looks, letGo } = world();
    await looks([OTHER]);
    await clock.advance(5_000);
    presence.lost();
    await looks([OTHER]);
    await clock.advance(999);
    await looks([OTHER]);
    expect(letGo).toEqual([]);
    await clock.advance(1);
    await looks([OTHER]);
    expect(letGo).toEqual([[OTHER]]);
  });

  it('is tried again at the next look where it could not be let go of', async () => {
    const { clock, looks, letGo } = world();
    await looks([OTHER]);
    await clock.advance(1_000);
    await looks([OTHER]);
    await looks([OTHER]);
    await looks([]);
    expect(letGo).toEqual([[OTHER], [OTHER]]);
  });

  it('is never ourselves', async () => {
    const { clock, looks, letGo } = world();
    await looks([SELF]);
    await clock.advance(5_000);
    await looks([SELF]);
    expect(letGo).toEqual([]);
  });
});

describe('the name in which leases are taken', () => {
  it('is ours while we have just seen ourselves, and nobody’s otherwise', async () => {
    const { clock, presence, looks } = world();
    expect(presence.holder()).toBeNull();
    await looks([]);
    expect(presence.holder()).toBe(SELF);
    await clock.advance(1_999);
    expect(presence.holder()).toBe(SELF);
    await clock.advance(1);
    expect(presence.holder()).toBeNull();
    await looks([]);
    presence.lost();
    expect(presence.holder()).toBeNull();
    await looks([]);
    expect(presence.holder()).toBe(SELF);
  });
});

describe('how many replicas there are', () => {
  it('is what was seen last, and at least the one that asks', async () => {
    const { presence, looks } = world();
    expect(presence.replicas()).toBe(1);
    await looks([], 3);
    expect(presence.replicas()).toBe(3);
    presence.lost();
    expect(presence.replicas()).toBe(3);
    await looks([], 0);
    expect(presence.replicas()).toBe(1);
  });
});
