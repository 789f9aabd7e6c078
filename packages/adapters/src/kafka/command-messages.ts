import {
  backoffMs,
  type Clock,
  type CommandFate,
  type Commands,
  type Currency,
  type DeadLetters,
  type Fault,
  type Installation,
  type Logger,
  type NewId,
  troubleOf,
} from '@campusg-pay/core';
import type { EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { err, ok, type Result } from 'neverthrow';
import { readCommand } from '../contract/command-requests.js';
import { readEnvelope, type Unanswerable } from '../contract/envelope.js';
import { type KeptConsumer, type KeptConsumerOptions, keepConsuming } from './consumer.js';

export interface CommandConsumerParts {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly commands: Commands;
  readonly deadLetters: DeadLetters;
  /** Of commands that name no currency. */
  readonly currency: Currency;
  /** Of which the ids of payments are made. */
  readonly installation: Installation;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Logger;
  readonly timing?: Pick<KeptConsumerOptions, 'sessionTimeoutMs' | 'longestPauseMs'>;
}

/** Where a message stands in its topic. */
interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Why a message waits for a person. */
type Reason = Unanswerable | 'correlation_id_reused' | 'internal_error';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** How often the broker is shown that we live while a command is carried out. */
const BEAT_MS = 2_000;

/**
 * Takes in the platform's commands, one after the other in each partition. What can be neither
 * carried out nor answered is parked, and what can't be carried out now holds its partition up.
 */
export function startCommandConsumer(parts: CommandConsumerParts): KeptConsumer {
  const { kafka, topic, groupId, log, timing } = parts;
  const instance = parts.newId();
  const pauses = createPauses(timing?.longestPauseMs ?? LONGEST_PAUSE_MS);
  const consumer = keepConsuming({
    kafka,
    topic,
    groupId,
    log,
    ...timing,
    eachBatch: async (payload) => {
      const { batch, heartbeat, isRunning, isStale } = payload;
      const place: Place = { topic: batch.topic, partition: batch.partition };
      for (const message of batch.messages) {
        if (!isRunning() || isStale()) return;
        const holder = `${instance}/${place.partition}/${message.offset}`;
        const taken = await beating(heartbeat, () => takeIn(parts, { place, message, holder }));
        if (taken.isErr()) {
          const pauseMs = pauses.pause(payload);
          const facts = { ...place, offset: message.offset, pauseMs, ...troubleOf(taken.error) };
          log.warn(facts, 'commands of a partition wait for what is away');
          return;
        }
        pauses.over(place.partition);
        await commit(payload, message.offset);
        await heartbeat();
      }
    },
  });
  return {
    state: consumer.state,
    stop: async () => {
      await consumer.stop();
      // Only now does none begin any more.
      pauses.clear();
    },
  };
}

/** Only now, after the database has it, is a message done with. */
async function commit(
  { batch, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload,
  offset: string,
): Promise<void> {
  const { topic, partition } = batch;
  resolveOffset(offset);
  const next = String(BigInt(offset) + 1n);
  await commitOffsetsIfNecessary({
    topics: [{ topic, partitions: [{ partition, offset: next }] }],
  });
}

interface Delivery {
  readonly place: Place;
  readonly message: KafkaMessage;
  readonly holder: string;
}

/** Takes a message in, or tells what was away: then the same message is to come again. */
async function takeIn(
  parts: CommandConsumerParts,
  delivery: Delivery,
): Promise<Result<void, Fault>> {
  const { commands, currency, installation, log } = parts;
  const { place, message, holder } = delivery;
  const envelope = readEnvelope(message.value);
  if (envelope.isErr()) return park(parts, delivery, envelope.error);
  const { type, correlationId, payload } = envelope.value;
  const asked = readCommand(type, payload, { correlationId, fallback: currency, installation });
  const facts = { correlationId, command: type, ...place, offset: message.offset };
  let taken: Result<CommandFate, Fault>;
  try {
    taken = asked.isOk()
      ? await commands.take(asked.value, holder)
      : await commands.refuse({ correlationId, type }, { issues: asked.error, payload });
  } catch (error) {
    // Told once here; where the command was written down already, it is tried again from there.
    log.error({ ...facts, err: error }, 'bug');
    return park(parts, delivery, 'internal_error');
  }
  if (taken.isErr()) return err(taken.error);
  if (taken.value === 'used_otherwise') return park(parts, delivery, 'correlation_id_reused');
  log.info({ ...facts, outcome: asked.isOk() ? taken.value : 'invalid' }, 'command');
  return ok(undefined);
}

async function park(
  { deadLetters, clock, log }: CommandConsumerParts,
  { place, message, ...delivery }: Delivery,
  reason: Reason,
): Promise<Result<void, Fault>> {
  const { offset, key, value } = message;
  const headers = readable(message.headers);
  const at = clock.now();
  const parked = await deadLetters.add({ ...place, offset, key, headers, value, reason, at });
  if (parked.isErr()) return err(parked.error);
  const facts = { ...place, offset, reason, bytes: value?.length ?? 0, holder: delivery.holder };
  log.warn(facts, 'a message was parked');
  return ok(undefined);
}

/** What a header can hold at most here, and how many there are. */
const MAX_HEADERS = 50;
const MAX_HEADER_LENGTH = 1_000;

/** As text that the database can keep: it takes neither NUL nor half a surrogate pair. */
function readable(headers: KafkaMessage['headers']): Record<string, string> {
  const text = (value: unknown) => {
    const short = String(value).slice(0, MAX_HEADER_LENGTH).replaceAll('\0', '\ufffd');
    return Buffer.from(short).toString();
  };
  const entries = Object.entries(headers ?? {}).slice(0, MAX_HEADERS);
  return Object.fromEntries(entries.map(([name, value]) => [text(name), text(value)]));
}

/** Shows the broker that we live while something takes its time. */
async function beating<Value>(
  heartbeat: () => Promise<void>,
  work: () => Promise<Value>,
): Promise<Value> {
  const timer = setInterval(() => {
    // A rebalance is told by the next one, which is waited for.
    heartbeat().catch(() => {});
  }, BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Partitions that wait, each time twice as long. */
function createPauses(longestMs: number) {
  const faults = new Map<number, number>();
  const timers = new Map<number, NodeJS.Timeout>();
  return {
    /** Holds the partition of a batch up; tells for how long. */
    pause: ({ batch, pause }: EachBatchPayload): number => {
      const { partition } = batch;
      const before = faults.get(partition) ?? 0;
      faults.set(partition, before + 1);
      const backoff = { firstMs: FIRST_PAUSE_MS, longestMs };
      const ms = Math.round(backoffMs(backoff, before, Math.random()));
      clearTimeout(timers.get(partition));
      timers.set(partition, setTimeout(pause(), ms));
      return ms;
    },
    over: (partition: number): void => {
      faults.delete(partition);
    },
    clear: (): void => {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
