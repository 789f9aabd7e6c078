import { startShards } from '@campusg-pay/core';
import { virtualClock } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { silent, virtualScheduler } from '../scheduler.js';
import { overlaps, relays } from './relays.js';

const REST_MS = 5_000;
/** Within this a relay knows that its locks are gone, heard or not. */
const LEASE_MS = 3_000;

describe('a relay that is cut off in the middle of a send', () => {
  it.each([
    ['at once', 0],
    ['just before its lease is over', LEASE_MS - 1],
  ])('and hears of it %s has its shards rest until its send is over', async (_, heardAfterMs) => {
    const all = relays({ sendMs: () => 60_000, restMs: REST_MS });
    all.add(7);
    const first = all.start('first');
    await all.clock.advance(100);
    expect(all.sent).toMatchObject([{ relay: 'first', accepted: null }]);
    const second = all.start('second');
    await all.clock.advance(1_100);
    await all.breakOff('first', heardAfterMs);
    await all.clock.advance(20_000);
    const [cut, next] = all.sent;
    expect(cut).toMatchObject({ relay: 'first', accepted: false });
    expect(Number(next?.from)).toBeGreaterThanOrEqual(Number(cut?.to));
    expect(overlaps(all.sent)).toEqual([]);
    await all.clock.advance(100_000);
    expect(all.left()).toBe(0);
    const stopped = Promise.all([first.stop(), second.stop()]);
    await all.clock.advance(10_000);
    await stopped;
  });

  it.each([
    ['is told of it and takes them anew', 0],
    ['is told nothing, once it has had no sign for the length of its lease', null],
  ])('while it reads does not send what it has read, where it %s', async (_, heardAfterMs) => {
    const all = relays({ sendMs: () => 100, restMs: REST_MS });
    const first = all.start('first');
    await all.clock.advance(1_000);
    all.readSlowly(LEASE_MS + 1_000);
    all.add(7);
    await all.clock.advance(1_000);
    await all.breakOff('first', heardAfterMs);
    await all.clock.advance(LEASE_MS + 1_500);
    expect(all.sent).toEqual([]);
    const stopped = first.stop();
    await all.clock.advance(20_000);
    await stopped;
  });

  it('counts its lease from when it asked for a sign, not from when that came', async () => {
    const clock = virtualClock({ autoAdvance: false });
    let asked = 0;
    const shards = startShards({
      scheduler: virtualScheduler(clock),
      log: silent,
      restMs: 0,
      onLost: () => {},
      onTaken: () => {},
      open: async () => ({
        look: async () => {
          asked += 1;
          await clock.sleep(asked === 1 ? LEASE_MS - 100 : 60_000);
          return { relays: 1, free: [1], holders: { live: 1, missing: [] } };
        },
        take: async () => [{ shard: 1, leftBy: null }],
        giveBack: async () => {},
        letGoOf: async () => 0,
        letGoOfOwn: async () => 0,
        end: async () => {},
      }),
    });
    await clock.advance(LEASE_MS - 50);
    expect(shards.holds()).toBe(true);
    await clock.advance(50);
    expect(shards.holds()).toBe(false);
    const stopped = shards.stop(true);
    await clock.advance(120_000);
    await stopped;
  });
});

describe('relays that share the shards', () => {
  it('hand over none that a send is under way for', async () => {
    const all = relays({ sendMs: () => 4_000, restMs: REST_MS });
    for (let position = 0; position < 64; position += 1) all.add(position);
    const first = all.start('first');
    await all.clock.advance(100);
    const second = all.start('second');
    await all.clock.advance(3_000);
    expect(all.sent).toMatchObject([{ relay: 'first', accepted: null }]);
    await all.clock.advance(20_000);
    expect(overlaps(all.sent)).toEqual([]);
    expect(all.left()).toBe(0);
    expect(all.holders()).toEqual([
      { relay: 'first', shards: 32 },
      { relay: 'second', shards: 32 },
    ]);
    const stopped = Promise.all([first.stop(), second.stop()]);
    await all.clock.advance(10_000);
    await stopped;
  });

  it('begin anew with the oldest row that may not have arrived', async () => {
    let tries = 0;
    const all = relays({
      sendMs: () => {
        tries += 1;
        return tries === 1 ? 60_000 : 10;
      },
      restMs: 0,
    });
    all.add(7);
    const first = all.start('first');
    await all.clock.advance(100);
    all.add(71);
    await all.breakOff('first', 0);
    await all.clock.advance(10_000);
    expect(all.sent.map(({ ids }) => ids)).toEqual([['row-7'], ['row-7', 'row-71']]);
    const stopped = first.stop();
    await all.clock.advance(10_000);
    await stopped;
  });
});

describe('a relay that is told to stop', () => {
  it('ends its send in peace where that takes three seconds at most, and cuts it off after that', async () => {
    for (const [sendMs, accepted] of [
      [2_900, true],
      [3_200, false],
    ] as const) {
      const all = relays({ sendMs: () => sendMs, restMs: REST_MS });
      all.add(7);
      const relay = all.start('first');
      await all.clock.advance(0);
      await all.clock.advance(50);
      expect(all.sent).toHaveLength(1);
      const stopped = relay.stop();
      await all.clock.advance(20_000);
      await stopped;
      expect(all.sent).toMatchObject([{ accepted }]);
      // Only what was given back in peace needs no rest.
      const next = all.start('second');
      const from = all.clock.now().getTime();
      all.add(71);
      await all.clock.advance(accepted ? 1_000 : REST_MS - 100);
      expect(all.sent.length, `after ${all.clock.now().getTime() - from} ms`).toBe(
        accepted ? 2 : 1,
      );
      await all.clock.advance(10_000);
      expect(all.left()).toBe(0);
      const ended = next.stop();
      await all.clock.advance(10_000);
      await ended;
    }
  });
});
