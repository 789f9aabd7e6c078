// What tests of Kafka begin with, in whatever package.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { afterAll, describe, inject } from 'vitest';
import { mendIdleTimers } from '../../packages/adapters/src/kafka/idle-timers.js';
import { type Broker, startBrokerAnywhere } from './broker.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for the run's broker. */
    kafkaDesk: string;
  }
}

/** Where the run's broker is. */
export interface SharedKafka {
  readonly brokers: string;
  /** The listener that wants SASL; none when the broker was given to us. */
  readonly saslBrokers?: string;
  readonly tls?: Broker['tls'];
  /** Where it keeps its topics; unknown of one that was given to us. */
  readonly data?: string;
}

const given = Boolean(process.env.KAFKA_BROKERS);

/** Why there is no broker to start, in words; null when there is. */
const missing: string | null = await ask('/why-none');
if (missing !== null && process.env.CI) throw new Error(`CI needs Kafka, but ${missing}.`);

/** Tests on the run's broker; skipped where there is none, which the run tells once. */
export const describeWithKafka = describe.runIf(given || missing === null);

/** Tests on the run's broker that need its other listeners; one that was given has none for us. */
export const describeWithSasl = describe.runIf(!given && missing === null);

/** Tests that lay hands on what the run's broker has on its disk. */
export const describeWithKafkaData = describe.runIf(!given && missing === null);

/** Tests that start brokers of their own, to kill them. */
export const describeWithOwnKafka = describe.runIf(missing === null);

const closing: (() => Promise<void>)[] = [];

// Here and not where they are opened, as Vitest ignores hooks that are added once tests run.
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The run's broker, started by whoever asks first (some seconds). */
export function sharedKafka(): Promise<SharedKafka> {
  return ask('/shared');
}

/** A broker of this test file's own, to be killed and started again; gone after the file. */
export async function ownKafka(): Promise<Broker> {
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-kafka-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const broker = await startBrokerAnywhere(folder);
  closing.push(broker.kill);
  return broker;
}

/** A client that says nothing and does not give up soon. */
export function kafkaAt(brokers: string): Kafka {
  mendIdleTimers();
  return new Kafka({
    brokers: brokers.split(','),
    clientId: 'test',
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 30 },
  });
}

/** Makes a topic that no other test file uses; tells its name. */
export async function newTopic(
  brokers: string,
  partitions = 4,
  topic = `test_${randomUUID()}`,
): Promise<string> {
  await withAdmin(brokers, async (admin) => {
    // The client itself gives up on the first broker that has not heard of the topic yet.
    await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
    });
    while (!(await hasLeaders(admin, topic))) await sleep(50);
  });
  return topic;
}

async function hasLeaders(admin: Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  } catch (error) {
    const { type } = error as { readonly type?: unknown };
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION' || type === 'LEADER_NOT_AVAILABLE') return false;
    throw error;
  }
}

async function withAdmin<Value>(
  brokers: string,
  use: (admin: Admin) => Promise<Value>,
): Promise<Value> {
  const admin = kafkaAt(brokers).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** A message as a consumer got it. */
export type Received = KafkaMessage & { readonly partition: number };

/** Reads a topic from its beginning into a list that grows until the file ends or `stop`. */
export async function reading(brokers: string, topic: string) {
  const consumer = kafkaAt(brokers).consumer({ groupId: `test-${randomUUID()}` });
  const messages: Received[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch, heartbeat }) => {
      for (const message of batch.messages) {
        messages.push({ ...message, partition: batch.partition });
      }
      await heartbeat();
    },
  });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= consumer.disconnect();
    return stopping;
  };
  closing.push(stop);
  return { messages, stop };
}

async function ask<Answer>(question: string): Promise<Answer> {
  const response = await fetch(`${inject('kafkaDesk')}${question}`);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Answer;
}
