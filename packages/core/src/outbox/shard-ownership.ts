import { type LoopHost, repeat } from '../jobs/loop.js';
import { createTrouble, Unavailable } from '../jobs/outage.js';
import type { Presence } from '../operation/presence.js';
import type { Scheduler } from '../time/scheduler.js';
import { SHARDS, type ShardLocks, type TakenShard } from './shard-locks.js';

/** The shards that are ours to publish at present. */
export interface Shards {
  /**
   * Does some work for those that may be published now; null when there are none. While it runs none
   * of them is given to another relay, unless our connection to the database breaks.
   */
  use<Value>(work: (shards: readonly number[]) => Promise<Value>): Promise<Value | null>;
  /** Whether we still have what `use` told: to be asked before anything is sent. */
  holds(): boolean;
  /**
   * Gives all shards back; no work may be under way. Unless `inPeace`, events may still be on their
   * way to Kafka, so whoever takes the shards next waits for a while before publishing.
   */
  stop(inPeace: boolean): Promise<void>;
}

/** How often a relay looks how many there are, what is free, and whether all holders of leases live. */
const BEAT_MS = 500;

/** Longest time without a sign from the database after which nothing is sent any more. */
const LEASE_MS = 3_000;

const CONNECTION_LOST = {
  type: 'DatabaseUnavailable',
  reason: 'connection',
  message: 'The connection that holds the locks broke.',
};

/**
 * Takes a fair share of the shards, and keeps to it as relays come and go.
 *
 * A shard whose holder vanished rests for `restMs` before it is published here: the other one may
 * live, be cut off from the database and have a send under way, which it then cuts off as well.
 *
 * @param parts.restMs in milliseconds; 0 where a send ends with the process that made it
 * @param parts.onLost called at once when all shards are lost, to cut off what is under way
 * @param parts.onTaken called when there are shards that can be published
 * @param parts.presence of a process that makes calls: told who else is seen at each look
 */
export function startShards(
  parts: {
    readonly open: (onLost: () => void) => Promise<ShardLocks>;
    readonly restMs: number;
    readonly onLost: () => void;
    readonly onTaken: () => void;
    readonly presence?: Presence | undefined;
  } & LoopHost,
): Shards {
  const { restMs, presence, scheduler, log } = parts;
  const holdings = createHoldings(scheduler);
  let locks: ShardLocks | null = null;
  let losses = 0;
  /** What was lost and taken again in the middle of a piece of work is not what it was told. */
  let lossesBefore = 0;
  let confirmedAt = 0;
  const trouble = createTrouble(parts, {
    begins: 'the relay lost its connection to the database; events wait',
    ends: 'the relay has its connection to the database again',
  });
  const lost = () => {
    trouble.is(new Unavailable(CONNECTION_LOST, null));
    losses += 1;
    locks = null;
    holdings.lose();
    presence?.lost();
    parts.onLost();
  };
  const beat = async () => {
    const before = losses;
    // A connection may break in the very moment in which its answer comes.
    const intact = <Value>(value: Value): Value => {
      if (losses !== before) throw new Unavailable(CONNECTION_LOST, null);
      return value;
    };
    const held = locks ?? intact(await parts.open(lost));
    locks = held;
    const asked = scheduler.elapsedMs();
    const { relays, free, holders } = intact(await held.look());
    confirmedAt = asked;
    trouble.over();
    await presence?.saw(holders, held);
    const share = Math.ceil(SHARDS / relays);
    holdings.keep(share);
    await holdings.giveBack(held);
    const wanted = free.slice(0, Math.max(share - holdings.size(), 0));
    if (wanted.length > 0) {
      holdings.add(intact(await held.take(wanted)), restMs);
      log.debug({ relays, shards: holdings.size() }, 'the relay took shards');
      parts.onTaken();
    }
    return BEAT_MS;
  };
  const onError = (error: unknown) => trouble.is(error);
  const beats = repeat({ scheduler, round: beat, onError, errorPauseMs: BEAT_MS });
  return {
    use: (work) => {
      lossesBefore = losses;
      return holdings.use(work, beats.wake);
    },
    holds: () =>
      locks !== null && losses === lossesBefore && scheduler.elapsedMs() - confirmedAt < LEASE_MS,
    stop: async (inPeace) => {
      await beats.stop();
      if (locks === null) return;
      holdings.keep(0);
      if (inPeace) await holdings.giveBack(locks).catch(onError);
      await locks?.end();
    },
  };
}

/** What we hold, what of it is being worked on, and what is to be given back once it is not. */
function createHoldings(scheduler: Scheduler) {
  /** From when on each may be published. */
  const readyAt = new Map<number, number>();
  const leaving = new Set<number>();
  let inUse: ReadonlySet<number> = new Set();
  return {
    size: () => readyAt.size,
    lose: () => {
      readyAt.clear();
      leaving.clear();
    },
    /** Only so many; the others leave. */
    keep: (share: number) => {
      leaving.clear();
      for (const shard of [...readyAt.keys()].slice(share)) leaving.add(shard);
    },
    add: (taken: readonly TakenShard[], restMs: number) => {
      const now = scheduler.elapsedMs();
      for (const { shard, leftBy } of taken) {
        readyAt.set(shard, leftBy === null ? now : now + restMs);
      }
    },
    giveBack: async (locks: ShardLocks) => {
      const now = scheduler.elapsedMs();
      // One that still rests is kept until it has: given back in peace, whoever takes it next would
      // not know that its last holder vanished.
      const isAtRest = (shard: number) => (readyAt.get(shard) ?? now) > now;
      const idle = [...leaving].filter((shard) => !inUse.has(shard) && !isAtRest(shard));
      if (idle.length === 0) return;
      await locks.giveBack(idle);
      for (const shard of idle) {
        readyAt.delete(shard);
        leaving.delete(shard);
      }
    },
    use: async <Value>(
      work: (shards: readonly number[]) => Promise<Value>,
      onLeaving: () => void,
    ): Promise<Value | null> => {
      const now = scheduler.elapsedMs();
      const isReady = ([shard, at]: [number, number]) => at <= now && !leaving.has(shard);
      const shards = [...readyAt].filter(isReady).map(([shard]) => shard);
      if (shards.length === 0) return null;
      inUse = new Set(shards);
      try {
        return await work(shards);
      } finally {
        const isAwaited = shards.some((shard) => leaving.has(shard));
        inUse = new Set();
        // Somebody waits for them.
        if (isAwaited) onLeaving();
      }
    },
  };
}
