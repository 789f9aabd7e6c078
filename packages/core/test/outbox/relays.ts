import {
  type Outbox,
  type OutboxRow,
  type Outgoing,
  SHARDS,
  type ShardLocks,
  startRelay,
  startShards,
} from '@campusg-pay/core';
import { virtualClock } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { silent, virtualScheduler } from '../scheduler.js';

/** From when until when a relay was sending a row. */
export interface Sending {
  readonly relay: string;
  readonly ids: readonly string[];
  readonly from: number;
  to: number;
  /** Null while it is under way. */
  accepted: boolean | null;
}

/** Relays over one outbox, one table of locks and one broker, all in memory and by a virtual clock. */
export function relays({ sendMs, restMs }: { sendMs: () => number; restMs: number }) {
  const clock = virtualClock({ autoAdvance: false });
  const scheduler = virtualScheduler(clock);
  const rows: OutboxRow[] = [];
  const holders = new Map<number, string>();
  const leftBy = new Map<number, string>();
  const sent: Sending[] = [];
  const alive = new Set<string>();
  const breaks = new Map<string, () => void>();
  let readMs = 0;

  const outbox: Outbox = {
    next: async ({ shards }, limit) => {
      const mine = rows.filter(({ position }) => shards.includes(position % SHARDS));
      const told = mine.slice(0, limit);
      if (readMs > 0) await clock.sleep(readMs);
      return ok({ rows: told, isMore: told.length < mine.length });
    },
    remove: async (published) => {
      for (const row of published) rows.splice(rows.indexOf(row), 1);
      return ok();
    },
    backlog: async () => ok({ rows: rows.length, oldestAgeMs: 0 }),
  };

  const locksOf = (relay: string): ShardLocks => {
    const connected = () => {
      if (!alive.has(relay)) throw new Error('the connection is gone');
    };
    return {
      look: async () => {
        connected();
        const free = Array.from({ length: SHARDS }, (_, shard) => shard);
        return {
          relays: alive.size,
          free: free.filter((shard) => !holders.has(shard)),
          holders: { live: alive.size, missing: [] },
        };
      },
      take: async (shards) => {
        connected();
        return shards.map((shard) => {
          const before = leftBy.get(shard) ?? null;
          leftBy.delete(shard);
          holders.set(shard, relay);
          return { shard, leftBy: before };
        });
      },
      giveBack: async (shards) => {
        connected();
        for (const shard of shards) holders.delete(shard);
      },
      letGoOf: async () => 0,
      letGoOfOwn: async () => 0,
      end: async () => {
        vanish(relay);
      },
    };
  };
  const vanish = (relay: string) => {
    if (!alive.delete(relay)) return;
    for (const [shard, holder] of holders) {
      if (holder !== relay) continue;
      holders.delete(shard);
      leftBy.set(shard, relay);
    }
  };

  const start = (relay: string) => {
    let cut = () => {};
    const outlet = {
      publish: async (all: readonly Outgoing[]) => {
        const from = scheduler.elapsedMs();
        const one: Sending = {
          relay,
          ids: all.map(({ id }) => id),
          from,
          to: Infinity,
          accepted: null,
        };
        sent.push(one);
        const isCut = new Promise<boolean>((resolve) => {
          cut = () => resolve(true);
        });
        const wasCut = await Promise.race([isCut, clock.sleep(sendMs()).then(() => false)]);
        one.to = scheduler.elapsedMs();
        one.accepted = !wasCut;
        if (wasCut) throw new Error('cut off');
      },
      abandon: () => cut(),
      close: async () => {},
    };
    const host = { scheduler, log: silent };
    const shards = startShards({
      ...host,
      restMs,
      open: async (onLost) => {
        alive.add(relay);
        breaks.set(relay, onLost);
        return locksOf(relay);
      },
      onLost: outlet.abandon,
      onTaken: () => running.wake(),
    });
    const running = startRelay({ ...host, holder: relay, outbox, shards, outlet });
    return running;
  };

  return {
    clock,
    sent,
    start,
    left: () => rows.length,
    add: (position: number) => {
      const announcement = { id: `row-${position}` } as Outgoing;
      rows.push({ shard: position % SHARDS, position, announcement });
    },
    /** The database lets go of a relay's locks, and the relay hears of it so much later, or never. */
    breakOff: async (relay: string, heardAfterMs: number | null) => {
      vanish(relay);
      if (heardAfterMs === null) return;
      await clock.advance(heardAfterMs);
      breaks.get(relay)?.();
    },
    /** From now on reading the outbox takes so long. */
    readSlowly: (ms: number) => {
      readMs = ms;
    },
    holders: () =>
      [...new Set(holders.values())].map((relay) => ({
        relay,
        shards: [...holders.values()].filter((one) => one === relay).length,
      })),
  };
}

/** Rows that two relays were sending at the same time. */
export function overlaps(sent: readonly Sending[]): readonly string[] {
  return sent.flatMap((one, n) =>
    sent
      .slice(n + 1)
      .filter((other) => one.relay !== other.relay && one.from < other.to && other.from < one.to)
      .flatMap((other) =>
        one.ids
          .filter((id) => other.ids.includes(id))
          .map((id) => `${other.relay} sends ${id} while ${one.relay} waits for its end`),
      ),
  );
}
