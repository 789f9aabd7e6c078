import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@campusg-pay/core';
import type { Admin } from 'kafkajs';
import { err, ok, type Result } from 'neverthrow';
import { createKafkaClient } from './client.js';
import type { KafkaConfig } from './kafka-config.js';
import { type KafkaFault, toKafkaFault } from './kafka-fault.js';

/** What was found of a topic, or became of it. */
export interface TopicState {
  readonly topic: string;
  readonly state: 'there' | 'created' | 'missing';
  /** 0 when it is missing. */
  readonly partitions: number;
  readonly replication: number;
}

/** Enough for a dozen consumers; more can be added later only by giving up the order of events. */
const PARTITIONS = 12;

/** How long a topic that was just made may be unknown to a broker, and how often that is looked at. */
const NEW_TOPIC_MS = 30_000;
const LOOK_AGAIN_MS = 100;

/** Of a topic, where there are so many brokers. */
const COPIES = 3;

/** Looks for the topics of events and of commands, and creates those that are missing. */
export async function ensureTopics(
  config: KafkaConfig,
  log: Logger,
  options: {
    readonly checkOnly: boolean;
    readonly partitions?: number | undefined;
    readonly replication?: number | undefined;
  },
): Promise<Result<TopicState[], KafkaFault>> {
  const topics = [config.eventsTopic, config.commandsTopic];
  const { kafka, cut } = createKafkaClient(config, log);
  const admin = kafka.admin();
  try {
    await admin.connect();
    const existing = await admin.listTopics();
    const missing = topics.filter((topic) => !existing.includes(topic));
    const create = !options.checkOnly && missing.length > 0;
    if (create) await createAll(admin, missing, options);
    const there = topics.filter((topic) => create || !missing.includes(topic));
    const patienceMs = create ? NEW_TOPIC_MS : 0;
    const described = there.length === 0 ? [] : await describe(admin, there, patienceMs);
    return ok(topics.map((topic) => stateOf(topic, described, create && missing.includes(topic))));
  } catch (error) {
    const fault = toKafkaFault(error, topics);
    if (fault === null) throw error;
    return err(fault);
  } finally {
    await admin.disconnect().catch((error: unknown) => log.debug({ err: error }, 'kafka'));
    cut();
  }
}

async function createAll(
  admin: Admin,
  topics: readonly string[],
  options: { readonly partitions?: number | undefined; readonly replication?: number | undefined },
): Promise<void> {
  const { brokers } = await admin.describeCluster();
  const numPartitions = options.partitions ?? PARTITIONS;
  const replicationFactor = options.replication ?? Math.min(COPIES, brokers.length);
  await admin.createTopics({
    // The client gives up on the first broker that has not heard of the topic yet.
    waitForLeaders: false,
    topics: topics.map((topic) => ({ topic, numPartitions, replicationFactor })),
  });
}

type Described = Awaited<ReturnType<Admin['fetchTopicMetadata']>>['topics'];

/** A topic that was just made is known to all brokers soon, and has its leaders. */
async function describe(admin: Admin, topics: string[], patienceMs: number): Promise<Described> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      const described = (await admin.fetchTopicMetadata({ topics })).topics;
      if (hasLeaders(described) || performance.now() >= deadline) return described;
    } catch (error) {
      if (performance.now() >= deadline || !isNotYetThere(error)) throw error;
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

function hasLeaders(described: Described): boolean {
  return described.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
}

function isNotYetThere(error: unknown): boolean {
  const type = error instanceof Error && 'type' in error ? error.type : null;
  return type === 'UNKNOWN_TOPIC_OR_PARTITION' || type === 'LEADER_NOT_AVAILABLE';
}

function stateOf(topic: string, described: Described, created: boolean): TopicState {
  const found = described.find(({ name }) => name === topic);
  if (found === undefined) return { topic, state: 'missing', partitions: 0, replication: 0 };
  return {
    topic,
    state: created ? 'created' : 'there',
    partitions: found.partitions.length,
    replication: found.partitions[0]?.replicas.length ?? 0,
  };
}
