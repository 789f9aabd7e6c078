import { expect, it } from 'vitest';
import {
  describeWithKafka,
  describeWithOwnKafka,
  kafkaAt,
  newTopic,
  ownKafka,
  reading,
  sharedKafka,
} from '../setup/kafka.js';
import { until } from '../setup/service.js';

async function send(brokers: string, topic: string, value: string): Promise<void> {
  const producer = kafkaAt(brokers).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: [{ key: 'k', value }] });
  await producer.disconnect();
}

describeWithKafka('the broker of the run', () => {
  it('gives back what it was given', async () => {
    const { brokers } = await sharedKafka();
    const topic = await newTopic(brokers);
    await send(brokers, topic, 'hello');
    const { messages } = await reading(brokers, topic);
    await until(
      () => messages.length,
      (count) => count === 1,
    );
    expect(String(messages[0]?.value)).toBe('hello');
  }, 60_000);
});

describeWithOwnKafka('a broker of a test file', () => {
  it('keeps what it acknowledged when it is killed and started again', async () => {
    const broker = await ownKafka();
    const topic = await newTopic(broker.address);
    await send(broker.address, topic, 'before');
    const pid = broker.pid();
    await broker.kill();
    await broker.start();
    expect(broker.pid()).not.toBe(pid);
    await send(broker.address, topic, 'after');
    const { messages } = await reading(broker.address, topic);
    await until(
      () => messages.length,
      (count) => count === 2,
    );
    expect(messages.map(({ value }) => String(value))).toEqual(['before', 'after']);
  }, 60_000);
});
