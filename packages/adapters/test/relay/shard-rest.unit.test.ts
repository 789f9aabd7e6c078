import { type ShardLocks, startShards } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { systemScheduler } from '../../src/service/settings.js';
import { silent } from '../setup/relay.js';
import { until } from '../setup/service.js';

const ALL = Array.from({ length: 64 }, (_, shard) => shard);
const REST_MS = 2_500;

/** Locks that count: all shards are free at first, and how many relays there are is up to the test. */
function countedLocks(leftBy: string | null) {
  const state = { relays: 1, takenAt: 0, givenBackAt: null as number | null, ended: false };
  const locks: ShardLocks = {
    look: async () => ({
      relays: state.relays,
      free: state.takenAt === 0 ? ALL : [],
      holders: { live: 1, missing: [] },
    }),
    letGoOf: async () => 0,
    letGoOfOwn: async () => 0,
    take: async (shards) => {
      state.takenAt = performance.now();
      return shards.map((shard) => ({ shard, leftBy }));
    },
    giveBack: async () => {
      state.givenBackAt ??= performance.now();
    },
    end: async () => {
      state.ended = true;
    },
  };
  return { state, locks };
}

function open(locks: ShardLocks) {
  return startShards({
    open: async () => locks,
    restMs: REST_MS,
    onLost: () => {},
    onTaken: () => {},
    scheduler: systemScheduler,
    log: silent,
  });
}

describe('a connection that breaks', () => {
  it.each(['open', 'take'] as const)(
    'in the moment of its answer to "%s" is opened anew, and nothing of it is counted on',
    async (moment) => {
      const { state, locks } = countedLocks(null);
      let opened = 0;
      let breaks = () => {};
      const shards = startShards({
        open: async (onLost) => {
          opened += 1;
          breaks = opened === 1 ? onLost : () => {};
          if (moment === 'open') breaks();
          const takenOf = async (wanted: readonly number[]) => {
            const taken = await locks.take(wanted);
            breaks();
            if (opened === 1) state.takenAt = 0;
            return taken;
          };
          return moment === 'open' ? locks : { ...locks, take: takenOf };
        },
        restMs: 0,
        onLost: () => {},
        onTaken: () => {},
        scheduler: systemScheduler,
        log: silent,
      });
      await until(
        () => shards.use(async (mine) => mine.length),
        (count) => count === ALL.length && opened === 2,
      );
      expect(shards.holds()).toBe(true);
      await shards.stop(true);
    },
  );
});

describe('a shard whose last holder vanished', () => {
  it('is given on to a relay that joins only after it has rested', async () => {
    const { state, locks } = countedLocks('one that vanished');
    const shards = open(locks);
    await until(
      () => state.takenAt,
      (at) => at > 0,
    );
    state.relays = 2;
    await until(
      () => state.givenBackAt,
      (at) => at !== null,
    );
    expect(Number(state.givenBackAt) - state.takenAt).toBeGreaterThanOrEqual(REST_MS);
    await shards.stop(true);
  });

  it('is not given back in peace by one that stops before it has rested', async () => {
    const { state, locks } = countedLocks('one that vanished');
    const shards = open(locks);
    await until(
      () => state.takenAt,
      (at) => at > 0,
    );
    await shards.stop(true);
    expect(state).toMatchObject({ givenBackAt: null, ended: true });
  });

  it('needs no rest when it was given back in peace', async () => {
    const { state, locks } = countedLocks(null);
    const shards = open(locks);
    await until(
      () => shards.use(async (mine) => mine.length),
      (count) => count === ALL.length,
    );
    await shards.stop(true);
    expect(state.givenBackAt).not.toBeNull();
  });
});
