import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { keepConsuming } from '../../src/kafka/consumer.js';
import type { KafkaConfig } from '../../src/kafka/kafka-config.js';
import { checkKafka } from '../../src/service/doctor/kafka-checks.js';
import { describeWithKafka, kafkaAt, newTopic, sharedKafka } from '../setup/kafka.js';
import { until } from '../setup/service.js';
import { closing, IN_TIME } from './command-topic.js';

const log = pino({ level: 'silent' });

/** A topic with so many commands, and what the doctor says of it. */
async function open(commands: number) {
  const { brokers } = await sharedKafka();
  const topic = await newTopic(brokers, 1);
  const groupId = `group-${randomUUID()}`;
  const config: KafkaConfig = {
    brokers: brokers.split(','),
    clientId: 'test',
    eventsTopic: topic,
    commandsTopic: topic,
    consumerGroup: groupId,
    dialect: 'own',
    ssl: null,
    sasl: null,
  };
  const producer = kafkaAt(brokers).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  closing.push(() => producer.disconnect());
  const messages = Array.from({ length: commands }, (_, n) => ({ value: `command ${n}` }));
  if (commands > 0) await producer.send({ topic, acks: -1, messages });
  const admin = kafkaAt(brokers).admin();
  await admin.connect();
  closing.push(() => admin.disconnect());
  const consume = async (eachBatch: Parameters<typeof keepConsuming>[0]['eachBatch']) => {
    const kafka = kafkaAt(brokers);
    const consumer = keepConsuming({
      kafka,
      topic,
      groupId,
      log,
      eachBatch,
      sessionTimeoutMs: 6_000,
    });
    closing.push(consumer.stop);
    await until(consumer.state, (state) => state === 'running', IN_TIME);
    return consumer;
  };
  const said = async () => {
    const found: string[] = [];
    for await (const { name, state, found: what } of checkKafka(config, log, 1_000)) {
      if (name === 'Kafka commands') found.push(`${state}: ${what}`);
    }
    return found;
  };
  return { topic, groupId, admin, producer, consume, said };
}

describeWithKafka('the doctor', () => {
  it('finds nothing wrong where no command waits', async () => {
    const at = await open(0);
    expect(await at.said()).toEqual([`ok: none waits; consumers in ${at.groupId}: 0`]);
  }, 60_000);

  it('fails on commands that wait while nobody takes them in', async () => {
    const at = await open(3);
    expect(await at.said()).toEqual([
      `fail: commands that wait: 3; nobody in ${at.groupId} takes them in`,
    ]);
  }, 60_000);

  it('fails on a consumer that is there and does not move on, and names the offset', async () => {
    const at = await open(3);
    const stopping = new AbortController();
    closing.push(async () => stopping.abort());
    await at.consume(async ({ heartbeat }) => {
      while (!stopping.signal.aborted) {
        await heartbeat();
        await sleep(200);
      }
    });
    expect(await at.said()).toEqual([
      `fail: commands that wait: 3; ${at.topic}/0 has not moved from offset 0`,
    ]);
  }, 60_000);

  it('says which commands were deleted before they were taken in', async () => {
    const at = await open(3);
    const partitions = [{ partition: 0, offset: '1' }];
    await at.admin.setOffsets({ groupId: at.groupId, topic: at.topic, partitions });
    await at.admin.deleteTopicRecords({
      topic: at.topic,
      partitions: [{ partition: 0, offset: '3' }],
    });
    expect(await at.said()).toEqual([
      `fail: ${at.topic}/0: offsets 1 to 2 were deleted before they were taken in`,
      `ok: none waits; consumers in ${at.groupId}: 0`,
    ]);
  }, 60_000);

  it('finds all taken in where the last thing in the topic marks a transaction', async () => {
    const at = await open(0);
    const { brokers } = await sharedKafka();
    const producer = kafkaAt(brokers).producer({
      transactionalId: `tx-${randomUUID()}`,
      maxInFlightRequests: 1,
      idempotent: true,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    closing.push(() => producer.disconnect());
    await at.consume(async ({ batch, resolveOffset, commitOffsetsIfNecessary }) => {
      for (const { offset } of batch.messages) {
        resolveOffset(offset);
        const next = String(BigInt(offset) + 1n);
        await commitOffsetsIfNecessary({
          topics: [{ topic: at.topic, partitions: [{ partition: 0, offset: next }] }],
        });
      }
    });
    const transaction = await producer.transaction();
    await transaction.send({ topic: at.topic, acks: -1, messages: [{ value: 'given up' }] });
    await transaction.abort();
    await until(at.said, ([said]) => said?.startsWith('ok: none waits') === true, IN_TIME);
  }, 60_000);
});
