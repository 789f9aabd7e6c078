import { Unavailable } from '@campusg-pay/core';
import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { KafkaConfig } from '../../src/kafka/kafka-config.js';
import { createKafkaPublisher } from '../../src/kafka/publisher.js';
import { announcementOf } from '../setup/relay.js';

interface Send {
  readonly client: number;
  readonly acks: number;
  readonly keys: readonly string[];
  readonly answer: (error?: Error) => void;
}

interface SentRecords {
  readonly acks: number;
  readonly messages: readonly { readonly key: string }[];
}

// A broker whose answers the test gives; what a real one does is in publisher.int.test.ts.
const broker = vi.hoisted(() => ({ clients: 0, cuts: [] as number[], sends: [] as Send[] }));

vi.mock('../../src/kafka/client.js', () => ({
  ANSWER_WITHIN_MS: 10_000,
  createKafkaClient: () => {
    broker.clients += 1;
    const client = broker.clients;
    const producer = {
      connect: async () => {},
      disconnect: async () => {},
      send: ({ acks, messages }: SentRecords) =>
        new Promise<void>((resolve, reject) => {
          const answer = (error?: Error) => (error === undefined ? resolve() : reject(error));
          broker.sends.push({ client, acks, keys: messages.map(({ key }) => key), answer });
        }),
    };
    return { kafka: { producer: () => producer }, cut: () => broker.cuts.push(client) };
  },
}));

beforeEach(() => {
  Object.assign(broker, { clients: 0, cuts: [], sends: [] });
});

function open() {
  const config: KafkaConfig = {
    brokers: ['nowhere:9092'],
    clientId: 'test',
    eventsTopic: 'events',
    commandsTopic: 'commands',
    consumerGroup: 'group',
    dialect: 'own',
    ssl: null,
    sasl: null,
  };
  return createKafkaPublisher(config, pino({ level: 'silent' }));
}

/** More than a broker takes at once. */
const MANY = Array.from({ length: 300 }, (_, n) => ({
  ...announcementOf('p', n + 1),
  paymentIntentId: 'x'.repeat(2_000),
}));

const sent = async (count: number) => {
  await vi.waitFor(() => expect(broker.sends).toHaveLength(count));
  return broker.sends.at(-1) as Send;
};

describe('publishing to Kafka', () => {
  it('is over once the broker has said that all replicas have it, and not before', async () => {
    const outlet = open();
    let over = false;
    const published = outlet.publish([announcementOf('p', 1)]).then(() => {
      over = true;
    });
    const one = await sent(1);
    expect(one).toMatchObject({ acks: -1, keys: ['order of p'] });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(over).toBe(false);
    one.answer();
    await published;
    await outlet.close();
  });

  it('sends the next piece once the one before is there', async () => {
    const outlet = open();
    const published = outlet.publish(MANY);
    const first = await sent(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(broker.sends).toHaveLength(1);
    first.answer();
    (await sent(2)).answer();
    await published;
    expect(broker.sends.flatMap(({ keys }) => keys)).toHaveLength(MANY.length);
    await outlet.close();
  });

  it('that is abandoned sends no other piece, and breaks its connection', async () => {
    const outlet = open();
    const published = outlet.publish(MANY).catch((error: unknown) => error);
    const first = await sent(1);
    outlet.abandon();
    expect(broker.cuts).toEqual([1]);
    first.answer();
    expect(await published).toBeInstanceOf(Unavailable);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(broker.sends).toHaveLength(1);
  });

  it('that failed goes on with another connection', async () => {
    const outlet = open();
    const failed = outlet.publish([announcementOf('p', 1)]).catch((error: unknown) => error);
    (await sent(1)).answer(new Error('broken'));
    expect(await failed).toMatchObject({ message: 'broken' });
    expect(broker.cuts).toEqual([1]);
    const again = outlet.publish([announcementOf('p', 1)]);
    const second = await sent(2);
    expect(second.client).toBe(2);
    second.answer();
    await again;
    await outlet.close();
  });
});
