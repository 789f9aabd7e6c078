import { randomUUID } from 'node:crypto';
import type { Producer } from 'kafkajs';
import { afterAll } from 'vitest';
import {
  type CommandConsumerParts,
  startCommandConsumer,
} from '../../src/kafka/command-messages.js';
import { createDeadLetters } from '../../src/postgres/commands/dead-letters.js';
import { holding, openCommandWorld } from '../commands/world.js';
import { kafkaAt, newTopic, sharedKafka } from '../setup/kafka.js';
import { until } from '../setup/service.js';

/** What is to be ended after the test file, the last one first. */
export const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

export const IN_TIME = 40_000;

/** A topic of commands, whoever sends to it, and consumers that share it. */
export async function openTopic(
  partitions: number,
  options: Parameters<typeof openCommandWorld>[0] = {},
) {
  const world = await openCommandWorld(options);
  const { brokers } = await sharedKafka();
  const topic = await newTopic(brokers, partitions);
  const groupId = `payment-service-${randomUUID()}`;
  const producer: Producer = kafkaAt(brokers).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  closing.push(() => producer.disconnect());
  const begin = (
    service = world.runtime,
    timing: CommandConsumerParts['timing'] = { sessionTimeoutMs: 6_000, longestPauseMs: 1_000 },
  ) => {
    const consumer = startCommandConsumer({
      topic,
      groupId,
      log: world.log,
      clock: world.clock,
      newId: randomUUID,
      kafka: kafkaAt(brokers),
      commands: service.commands,
      deadLetters: createDeadLetters(world),
      currency: world.config.currency,
      installation: service.escrow.installation,
      timing,
    });
    closing.push(consumer.stop);
    return consumer;
  };
  const consume = async (...given: Parameters<typeof begin>) => {
    const consumer = begin(...given);
    await until(consumer.state, (state) => state === 'running', IN_TIME);
    return consumer;
  };
  /** The offsets that the group has committed, partition by partition. */
  const committed = async () => {
    const admin = kafkaAt(brokers).admin();
    await admin.connect();
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
    await admin.disconnect();
    const sorted = (found?.partitions ?? []).toSorted((a, b) => a.partition - b.partition);
    return sorted.map(({ offset }) => Number(offset));
  };
  return { ...world, brokers, topic, groupId, producer, begin, consume, committed };
}

type Topic = Awaited<ReturnType<typeof openTopic>>;

export const command = (type: string, correlation_id: string, payload: object) =>
  JSON.stringify({ type, correlation_id, timestamp: new Date().toISOString(), payload });

export const send = (
  { producer, topic }: Topic,
  value: string | Buffer | null,
  { partition = 0, key = null as string | null } = {},
) => producer.send({ topic, acks: -1, messages: [{ key, value, partition }] });

/** A command that works, to see that the partition has moved on. */
export async function movesOn(at: Topic, partition = 0): Promise<void> {
  const saga = randomUUID();
  await send(at, command('authorize_payment', saga, holding(`order_${saga}`)), { partition });
  await until(
    () => at.answersTo(saga, 0),
    (heard) => heard.length === 1,
    IN_TIME,
  );
}

export const parkedIn = async ({ pool, topic }: Topic) => {
  const sql = `select "offset", reason, value, value_bytes, headers, key from parked_commands
    where topic = $1 order by "offset"`;
  return (await pool.query(sql, [topic])).rows;
};
