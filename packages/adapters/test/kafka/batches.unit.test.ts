import type { CommandFate, Fault } from '@campusg-pay/core';
import { INSTALLATION, virtualClock } from '@campusg-pay/core/testing';
import type { ConsumerRunConfig, ConsumerSubscribeTopics, EachBatchPayload, Kafka } from 'kafkajs';
import { err, ok, type Result } from 'neverthrow';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCommandConsumer } from '../../src/kafka/command-messages.js';

const GONE: Fault = { type: 'DatabaseUnavailable', reason: 'connection', outcome: 'unknown' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A consumer without a broker: what it was told, and all that it does, in order. */
async function open(take: (offset: string) => Promise<Result<CommandFate, Fault>>) {
  const did: string[] = [];
  const told: { run?: ConsumerRunConfig; subscribe?: ConsumerSubscribeTopics } = {};
  const events = { CRASH: 'crash', GROUP_JOIN: 'join', FETCH: 'fetch', HEARTBEAT: 'beat' };
  const consumer = {
    events,
    on: () => () => {},
    connect: async () => {},
    disconnect: async () => {},
    subscribe: async (topics: ConsumerSubscribeTopics) => {
      told.subscribe = topics;
    },
    run: async (config: ConsumerRunConfig) => {
      told.run = config;
    },
  };
  const commandsTaken = async (_: unknown, holder: string) => {
    const offset = holder.split('/').at(-1) ?? '';
    did.push(`take ${offset}`);
    const taken = await take(offset);
    did.push(taken.isOk() ? `has ${offset}` : `lacks ${offset}`);
    return taken;
  };
  const kept = startCommandConsumer({
    kafka: { consumer: () => consumer } as unknown as Kafka,
    topic: 'commands',
    groupId: 'group',
    commands: { take: commandsTaken, refuse: async () => ok('answered') } as never,
    deadLetters: { add: async () => ok(undefined) } as never,
    currency: 'USD' as never,
    installation: INSTALLATION,
    clock: virtualClock(),
    newId: () => 'instance',
    log: pino({ level: 'silent' }),
  });
  await vi.advanceTimersByTimeAsync(0);
  const state = { running: true, stale: false, beats: 0 };
  const deliver = async (...offsets: string[]) => {
    const value = (offset: string) =>
      Buffer.from(
        JSON.stringify({
          type: 'release_payment',
          correlation_id: `c-${offset}`,
          payload: { payment_id: 'p', runner_id: 'r' },
        }),
      );
    const messages = offsets.map((offset) => ({ offset, key: null, value: value(offset) }));
    const payload = {
      batch: { topic: 'commands', partition: 0, messages, lastOffset: () => offsets.at(-1) },
      heartbeat: async () => {
        state.beats += 1;
      },
      isRunning: () => state.running,
      isStale: () => state.stale,
      pause: () => {
        did.push('pause');
        return () => did.push('resume');
      },
      resolveOffset: (offset: string) => did.push(`resolve ${offset}`),
      commitOffsetsIfNecessary: async ({ topics }: { topics: { partitions: object[] }[] }) => {
        did.push(`commit ${JSON.stringify(topics[0]?.partitions)}`);
      },
    };
    await told.run?.eachBatch?.(payload as unknown as EachBatchPayload);
  };
  return { did, told, state, deliver, stop: () => kept.stop() };
}

const commits = (next: number) => `commit [{"partition":0,"offset":"${next}"}]`;

describe('a batch of commands', () => {
  it('is committed message by message, each once the database has it', async () => {
    const at = await open(async () => ok('answered'));
    await at.deliver('5', '6');
    const of = (offset: number) => [
      `take ${offset}`,
      `has ${offset}`,
      `resolve ${offset}`,
      commits(offset + 1),
    ];
    expect(at.did).toEqual([...of(5), ...of(6)]);
    await at.stop();
  });

  it('ends with a message that can not be taken in, of which nothing is committed', async () => {
    const at = await open(async (offset) => (offset === '6' ? err(GONE) : ok('answered')));
    await at.deliver('5', '6', '7');
    const before = ['take 5', 'has 5', 'resolve 5', commits(6)];
    expect(at.did).toEqual([...before, 'take 6', 'lacks 6', 'pause']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(at.did.at(-1)).toBe('resume');
    await at.stop();
  });

  it('shows the broker that we live while a command takes its time', async () => {
    const at = await open(async () => {
      await new Promise((over) => setTimeout(over, 25_000));
      return ok('answered');
    });
    const delivered = at.deliver('5');
    await vi.advanceTimersByTimeAsync(24_000);
    // A session is 30 s by default; three signs in it leave room for two that are lost.
    expect(at.state.beats).toBeGreaterThanOrEqual(3);
    await vi.advanceTimersByTimeAsync(2_000);
    await delivered;
    const { beats } = at.state;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(at.state.beats).toBe(beats);
    await at.stop();
  });

  it.each([{ stale: true }, { running: false }])(
    'is left alone once it is not ours any more: %j',
    async (change) => {
      const at = await open(async (offset) => {
        if (offset === '5') Object.assign(at.state, change);
        return ok('answered');
      });
      await at.deliver('5', '6');
      expect(at.did.filter((one) => one.startsWith('take'))).toEqual(['take 5']);
      await at.stop();
    },
  );
});

describe('the consumer', () => {
  it('commits nothing by itself, and begins with what came before it', async () => {
    const at = await open(async () => ok('answered'));
    expect(at.told.run).toMatchObject({ autoCommit: false, eachBatchAutoResolve: false });
    expect(at.told.subscribe).toEqual({ topic: 'commands', fromBeginning: true });
    await at.stop();
  });
});
