import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@campusg-pay/core';
import type { ConsumerStanding, PartitionStanding } from '../../kafka/consumer-standing.js';
import type { KafkaConfig } from '../config.js';
import { type KafkaDriver, loadKafka } from '../drivers.js';
import { type Check, failing, notInstalled, ok } from './check.js';

/** Commands that wait are looked at twice, so far apart: a consumer that works has taken some by then. */
const LOOK_AGAIN_MS = 10_000;

const SETTINGS = 'check KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_...';

/**
 * Whether the brokers answer and have our topics, and whether commands are taken in.
 *
 * @param lookAgainMs between two looks at commands that wait, in milliseconds
 */
export async function* checkKafka(
  config: KafkaConfig,
  log: Logger,
  lookAgainMs: number = LOOK_AGAIN_MS,
): AsyncGenerator<Check> {
  const loaded = await loadKafka();
  if (loaded.isErr()) {
    yield notInstalled('Kafka', loaded.error);
    return;
  }
  const looked = await loaded.value.ensureTopics(config, log, { checkOnly: true });
  if (looked.isErr()) {
    yield failing('Kafka', looked.error.message, SETTINGS);
    return;
  }
  for (const { topic, state, partitions, replication } of looked.value) {
    yield state === 'missing'
      ? failing('Kafka', `no topic ${topic}`, 'campusg-pay kafka topics')
      : ok('Kafka', `topic ${topic}, ${partitions} partitions, ${replication} copies`);
  }
  const commands = looked.value.find(({ topic }) => topic === config.commandsTopic);
  if (commands?.state !== 'missing')
    yield* checkCommands(loaded.value, { config, log, lookAgainMs });
}

async function* checkCommands(
  { readConsumerStanding }: KafkaDriver,
  { config, log, lookAgainMs }: { config: KafkaConfig; log: Logger; lookAgainMs: number },
): AsyncGenerator<Check> {
  const first = await readConsumerStanding(config, log);
  if (first.isErr()) {
    yield failing('Kafka commands', first.error.message, SETTINGS);
    return;
  }
  for (const partition of first.value.partitions) {
    if (partition.next < partition.begin) yield lost(config, partition);
  }
  if (waitingIn(first.value) === 0n) {
    const { members } = first.value;
    yield ok('Kafka commands', `none waits; consumers in ${config.consumerGroup}: ${members}`);
    return;
  }
  await sleep(lookAgainMs);
  const second = await readConsumerStanding(config, log);
  yield second.isErr()
    ? failing('Kafka commands', second.error.message, SETTINGS)
    : judge(config, first.value, second.value);
}

/** What two looks at waiting commands tell. */
function judge(
  { commandsTopic, consumerGroup }: KafkaConfig,
  before: ConsumerStanding,
  now: ConsumerStanding,
): Check {
  const count = waitingIn(now);
  const wait = `commands that wait: ${count}`;
  if (now.members === 0) {
    return failing(
      'Kafka commands',
      `${wait}; nobody in ${consumerGroup} takes them in`,
      'start the service (campusg-pay serve); if it runs: its log, and KAFKA_CONSUMER_GROUP there',
    );
  }
  if (now.state !== 'Stable' && before.state !== 'Stable') {
    return failing(
      'Kafka commands',
      `${wait}; ${consumerGroup} does not come to rest (${now.state})`,
      'see that no other program uses KAFKA_CONSUMER_GROUP, and that no replica restarts again and again',
    );
  }
  const stands = now.partitions.find(
    ({ partition, next, end }) =>
      next < end &&
      before.partitions.some((was) => was.partition === partition && was.next === next),
  );
  if (stands !== undefined && wasWaiting(before, stands)) {
    return failing(
      'Kafka commands',
      `${wait}; ${commandsTopic}/${stands.partition} has not moved from offset ${stands.next}`,
      "the service's log says why, at that offset; GET /health/ready says whether it stays so",
    );
  }
  return ok('Kafka commands', `${wait}, and they are taken in`);
}

function wasWaiting(before: ConsumerStanding, { partition }: PartitionStanding): boolean {
  return before.partitions.some((was) => was.partition === partition && was.next < was.end);
}

function waitingIn({ partitions }: ConsumerStanding): bigint {
  return partitions.reduce((sum, one) => sum + waiting(one), 0n);
}

/** What was deleted waits no more; a topic that was made anew begins again. */
function waiting({ next, begin, end }: PartitionStanding): bigint {
  const from = next < begin || next > end ? begin : next;
  return end - from;
}

function lost(
  { commandsTopic }: KafkaConfig,
  { partition, next, begin }: PartitionStanding,
): Check {
  return failing(
    'Kafka commands',
    `${commandsTopic}/${partition}: offsets ${next} to ${begin - 1n} were deleted before they were taken in`,
    'have their senders send them again; raise retention.ms of the topic',
  );
}
