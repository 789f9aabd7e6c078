import {
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
import type { EachBatchPayload, Kafka } from 'kafkajs';
import { err, ok, type Result } from 'neverthrow';
import { readCommand } from '../contract/command-requests.js';
import { readEnvelope } from '../contract/envelope.js';
import { type KeptConsumer, type KeptConsumerOptions, keepConsuming } from './consumer.js';
import { type UnreadableBatch, unreadableBatchOf } from './decoding/codecs.js';
import { type MessageDelivery, type Place, park, parkBatch } from './parked-messages.js';
import { createPauses, type PartitionPauses } from './partition-pauses.js';
import { createProgress, type PartitionProgress } from './partition-progress.js';

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
  readonly timing?: Pick<KeptConsumerOptions, 'sessionTimeoutMs' | 'longestPauseMs'> & {
    /**
     * How long a message may be the next one of its partition before the consumer is said to be
     * stuck, in milliseconds.
     *
     * @default 300_000
     */
    readonly stuckAfterMs?: number;
  };
}

const LONGEST_PAUSE_MS = 30_000;

/** How often the broker is shown that we live while a command is carried out. */
const BEAT_MS = 2_000;

/** How often a batch is read whose checksum does not fit: the network may have spoilt it. */
const READS = 3;

/**
 * Takes in the platform's commands, one after the other in each partition. What can be neither
 * carried out nor answered is parked, and what can't be carried out now holds its partition up.
 */
export function startCommandConsumer(parts: CommandConsumerParts): KeptConsumer {
  const { kafka, topic, groupId, log, timing } = parts;
  const progress = createProgress(() => performance.now(), timing?.stuckAfterMs);
  const intake: Intake = {
    ...parts,
    progress,
    pauses: createPauses(timing?.longestPauseMs ?? LONGEST_PAUSE_MS),
    instance: parts.newId(),
    reads: new Map(),
  };
  const consumer = keepConsuming({
    kafka,
    topic,
    groupId,
    log,
    ...timing,
    eachBatch: (payload) => takeInBatch(intake, payload),
    onJoin: progress.keepOnly,
  });
  return {
    state: () => {
      const state = consumer.state();
      return state === 'running' && progress.stuck().length > 0 ? 'stuck' : state;
    },
    stop: async () => {
      await consumer.stop();
      // Only now does none begin any more.
      intake.pauses.clear();
    },
  };
}

interface Intake extends CommandConsumerParts {
  readonly progress: PartitionProgress;
  readonly pauses: PartitionPauses;
  /** Tells this consumer from the others, also from those before it. */
  readonly instance: string;
  /** How often a batch was read whose checksum did not fit, by partition. */
  readonly reads: Map<number, { readonly offset: string; readonly times: number }>;
}

/** Takes in the messages of a batch until one has to wait, or the partition is not ours any more. */
async function takeInBatch(intake: Intake, payload: EachBatchPayload): Promise<void> {
  const { batch, heartbeat, isRunning, isStale } = payload;
  const { progress, pauses, log } = intake;
  const place: Place = { topic: batch.topic, partition: batch.partition };
  for (const message of batch.messages) {
    if (!isRunning() || isStale()) return;
    const { offset } = message;
    const unreadable = unreadableBatchOf(message);
    // The last of its stand-ins speaks for all of them.
    if (unreadable !== null && offset !== unreadable.lastOffset) continue;
    progress.begin(place.partition, offset);
    if (unreadable !== null && isReadAgain(intake, payload, unreadable)) return;
    const holder = `${intake.instance}/${place.partition}/${offset}`;
    const taken = await beating(heartbeat, () =>
      unreadable === null
        ? takeIn(intake, { place, message, holder })
        : parkBatch(intake, place, unreadable),
    );
    if (taken.isErr()) {
      progress.failed(place.partition, taken.error);
      const pauseMs = pauses.pause(payload);
      const facts = { ...place, offset, pauseMs, ...troubleOf(taken.error) };
      log.warn(facts, 'commands of a partition wait for what is away');
      return;
    }
    progress.done(place.partition);
    pauses.over(place.partition);
    await commit(payload, offset);
    await heartbeat();
  }
}

/**
 * Whether a batch is to be read once more: its checksum does not fit, and it was not read often. One
 * that ends beyond all that its partition has is read for ever: where it ends is not to be believed.
 */
function isReadAgain(
  { reads, pauses, log }: Intake,
  payload: EachBatchPayload,
  { why, codec, firstOffset, lastOffset }: UnreadableBatch,
): boolean {
  const { topic, partition, highWatermark } = payload.batch;
  const isBeyond = BigInt(lastOffset) >= BigInt(highWatermark);
  if (why !== 'checksum' && !isBeyond) return false;
  const before = reads.get(partition);
  const times = before?.offset === firstOffset ? before.times + 1 : 1;
  reads.set(partition, { offset: firstOffset, times });
  if (times >= READS && !isBeyond) return false;
  const pauseMs = pauses.pause(payload);
  const facts = { topic, partition, firstOffset, lastOffset, codec, why, times, pauseMs };
  log.warn(facts, 'a batch of commands could not be read; it is read again');
  return true;
}

/** Only now, after the database has it, is a message done with. */
async function commit(
  { batch, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload,
  offset: string,
): Promise<void> {
  const { topic, partition } = batch;
  resolveOffset(offset);
  // Behind the last message may stand marks of transactions, which nobody is handed.
  const last = batch.messages.at(-1)?.offset === offset ? batch.lastOffset() : offset;
  const next = String(BigInt(last) + 1n);
  await commitOffsetsIfNecessary({
    topics: [{ topic, partitions: [{ partition, offset: next }] }],
  });
}

/** Takes a message in, or tells what was away: then the same message is to come again. */
async function takeIn(
  parts: CommandConsumerParts,
  delivery: MessageDelivery,
): Promise<Result<void, Fault>> {
  const { commands, currency, installation, log } = parts;
  const { place, message, holder } = delivery;
  const envelope = readEnvelope(message.value);
  if (envelope.isErr()) return park(parts, delivery, envelope.error);
  const { type, correlationId, payload, twice } = envelope.value;
  const context = { correlationId, fallback: currency, installation };
  const asked = twice === null ? readCommand(type, payload, context) : err([twice]);
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
