import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@campusg-pay/core';
import type { Admin } from 'kafkajs';
import { err, ok, type Result } from 'neverthrow';
import { createKafkaClient } from './client.js';
import type { KafkaConfig } from './kafka-config.js';
import { isLasting, type KafkaFault, toKafkaFault } from './kafka-fault.js';

const TRIES = 5;
const TRY_AGAIN_MS = 1_000;

/** How far the consumers of commands are, as the brokers know it. */
export interface ConsumerStanding {
  /** `Stable`, `PreparingRebalance` and others, in Kafka's own words; `Dead` or `Empty`: nobody is there. */
  readonly state: string;
  readonly members: number;
  readonly partitions: readonly PartitionStanding[];
}

/** Offsets of one partition of the topic of commands. */
export interface PartitionStanding {
  readonly partition: number;
  /** The next one to be taken in; of a partition that nobody has begun with, the first there is. */
  readonly next: bigint;
  /** Where what is kept begins: what was before has been deleted. */
  readonly begin: bigint;
  /** Where the next message will stand. */
  readonly end: bigint;
}

/** Asks the brokers who takes commands in, and how far they are. Changes nothing. */
export async function readConsumerStanding(
  config: KafkaConfig,
  log: Logger,
): Promise<Result<ConsumerStanding, KafkaFault>> {
  const { kafka, cut } = createKafkaClient(config, log);
  const admin = kafka.admin();
  try {
    await admin.connect();
    return ok(await readInTime(admin, config));
  } catch (error) {
    const fault = toKafkaFault(error, [config.commandsTopic]);
    if (fault === null) throw error;
    return err(fault);
  } finally {
    await admin.disconnect().catch((error: unknown) => log.debug({ err: error }, 'kafka'));
    cut();
  }
}

/** A cluster that was just set up finds a place for groups in the seconds after the first question. */
async function readInTime(admin: Admin, config: KafkaConfig): Promise<ConsumerStanding> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read(admin, config);
    } catch (error) {
      if (tries === TRIES || isLasting(error)) throw error;
    }
    await sleep(TRY_AGAIN_MS);
  }
}

async function read(
  admin: Admin,
  { commandsTopic: topic, consumerGroup: groupId }: KafkaConfig,
): Promise<ConsumerStanding> {
  // kafkajs learns of brokers that it may ask about groups with its first question about a topic only.
  await admin.fetchTopicOffsets(topic);
  const { groups } = await admin.describeGroups([groupId]);
  // Before the ends: what is taken in meanwhile must not look as if it were beyond them.
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const kept = await admin.fetchTopicOffsets(topic);
  const [group] = groups;
  return {
    state: group?.state ?? 'Dead',
    members: group?.members.length ?? 0,
    partitions: kept.map(({ partition, low, high }) => {
      const found = committed?.partitions.find((one) => one.partition === partition);
      const next = BigInt(found?.offset ?? -1);
      return {
        partition,
        next: next < 0n ? BigInt(low) : next,
        begin: BigInt(low),
        end: BigInt(high),
      };
    }),
  };
}
