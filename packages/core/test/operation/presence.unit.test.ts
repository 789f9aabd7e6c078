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
  const own: Parameters<HolderLocks['letGoOfOwn']>[0][] = [];
  const locks: HolderLocks = {
    look: async () => ({ holders: { live: 1, missing: [] } }),
    letGoOf: async (gone) => letGo.push([...gone]),
    letGoOfOwn: async (left) => own.push(left),
    end: async () => {},
  };
  const presence = createPresence({ self: SELF, clock, scheduler, log });
  const looks = async (missing: readonly number[], live = 1) =>
    presence.saw({ live, missing }, locks);
  return { clock, presence, looks, letGo, own, underWay: presence.underWay, lines };
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

describe('calls of our own whose end the database could not be told', () => {
  it('are let go of at each look for half a minute once it is back, but for those under way', async () => {
    const { clock, presence, looks, own, underWay, lines } = world();
    await looks([]);
    expect(own).toEqual([]);
    presence.lost();
    await clock.advance(4_000);
    const end = underWay.begin('payment-1');
    underWay.begin('payment-1')();
    const backAt = clock.now();
    await looks([]);
    expect(own).toEqual([
      { self: SELF, openedBefore: backAt, underWay: ['payment-1'], now: backAt },
    ]);
    expect(lines).toEqual([{ calls: 1 }]);
    end();
    await clock.advance(25_000);
    await looks([]);
    expect(own[1]).toEqual({ self: SELF, openedBefore: backAt, underWay: [], now: clock.now() });
    await clock.advance(1_000);
    await looks([]);
    expect(own).toHaveLength(3);
    await clock.advance(1_000);
    await looks([]);
    expect(own).toHaveLength(3);
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
