import { randomUUID } from 'node:crypto';
import type { Outlet } from '@campusg-pay/core';
import { ConfigResourceTypes } from 'kafkajs';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SASL_USER } from '../../../../scripts/kafka/settings.js';
import { toMessage } from '../../src/contract/messages.js';
import type { KafkaConfig } from '../../src/kafka/kafka-config.js';
import { createKafkaPublisher } from '../../src/kafka/publisher.js';
import { testDatabase } from '../setup/database.js';
import {
  describeWithKafka,
  describeWithSasl,
  kafkaAt,
  newTopic,
  reading,
  sharedKafka,
} from '../setup/kafka.js';
import { announcementOf, queue, relayTo, silent } from '../setup/relay.js';
import { until } from '../setup/service.js';

const opened: Outlet[] = [];
afterAll(async () => {
  for (const outlet of opened) await outlet.close();
});

function publisherTo(
  brokers: string,
  eventsTopic: string,
  more: Partial<KafkaConfig> = {},
): Outlet {
  const config: KafkaConfig = {
    brokers: brokers.split(','),
    clientId: 'test',
    eventsTopic,
    commandsTopic: 'unused',
    consumerGroup: 'unused',
    dialect: 'own',
    ssl: null,
    sasl: null,
    ...more,
  };
  const outlet = createKafkaPublisher(config, silent);
  opened.push(outlet);
  return outlet;
}

/** Why publishing one event fails, as an operator is told. */
async function troubleOf(outlet: Outlet): Promise<unknown> {
  const failed: unknown = await outlet.publish([announcementOf('p', 1)]).catch((error) => error);
  return (failed as { facts?: unknown }).facts;
}

/** Sets the largest batch that a topic admits, and waits until the broker acts by it. */
async function admit(brokers: string, topic: string, bytes: number): Promise<void> {
  const admin = kafkaAt(brokers).admin();
  await admin.connect();
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
  const configEntries = [{ name: 'max.message.bytes', value: String(bytes) }];
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] });
  const admitted = async () => {
    const configNames = ['max.message.bytes'];
    const resources = [{ ...resource, configNames }];
    const found = await admin.describeConfigs({ includeSynonyms: false, resources });
    return found.resources[0]?.configEntries[0]?.configValue;
  };
  await until(admitted, (found) => found === String(bytes));
  await admin.disconnect();
}

describeWithKafka('the publisher to Kafka', () => {
  // Whoever is first waits until it runs, longer than a test may.
  beforeAll(sharedKafka);

  it('keeps the events of an order in one partition, in order, with key and headers', async () => {
    const { brokers } = await sharedKafka();
    const topic = await newTopic(brokers);
    const { messages } = await reading(brokers, topic);
    const events = Array.from({ length: 300 }, (_, n) =>
      announcementOf(`p${n % 10}`, Math.floor(n / 10) + 1),
    );
    await publisherTo(brokers, topic).publish(events);
    await until(
      () => messages.length,
      (count) => count === events.length,
    );
    expect(new Set(messages.map(({ partition }) => partition)).size).toBeGreaterThan(1);
    for (let n = 0; n < 10; n += 1) {
      const own = messages.filter(({ key }) => String(key) === `order of p${n}`);
      expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
      const wanted = events
        .filter(({ paymentId }) => paymentId === `p${n}`)
        .map((one) => toMessage(one, 'own'));
      expect(
        own.map(({ value, headers }) => ({
          value: String(value),
          headers: Object.fromEntries(
            Object.entries(headers ?? {}).map(([name, one]) => [name, String(one)]),
          ),
        })),
      ).toEqual(wanted.map(({ value, headers }) => ({ value, headers })));
    }
  });

  it('sends more than a broker takes at once in pieces, in order', async () => {
    const { brokers } = await sharedKafka();
    const topic = await newTopic(brokers, 1);
    const { messages } = await reading(brokers, topic);
    const long = 'x'.repeat(2_000);
    const events = Array.from({ length: 1_500 }, (_, n) => ({
      ...announcementOf('p', n + 1),
      paymentIntentId: long,
    }));
    await publisherTo(brokers, topic).publish(events);
    await until(
      () => messages.length,
      (count) => count === events.length,
    );
    expect(messages.map(({ value }) => String(value))).toEqual(
      events.map((event) => toMessage(event, 'own').value),
    );
  });

  it('names a topic that is missing, does not create it, and goes on once it is there', async () => {
    const { brokers } = await sharedKafka();
    const topic = `late_${randomUUID()}`;
    const outlet = publisherTo(brokers, topic);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(await troubleOf(outlet)).toEqual({
        type: 'KafkaUnavailable',
        reason: 'topic',
        message: `Kafka has no topic ${topic}: campusg-pay kafka topics creates them`,
      });
    }
    await newTopic(brokers, 1, topic);
    await outlet.publish([announcementOf('p', 1)]);
  });

  it('sends smaller batches where the topic admits no larger ones', async () => {
    const { brokers } = await sharedKafka();
    const topic = await newTopic(brokers, 1);
    await admit(brokers, topic, 3_000);
    const { messages } = await reading(brokers, topic);
    const events = Array.from({ length: 30 }, (_, n) => announcementOf('p', n + 1));
    await publisherTo(brokers, topic).publish(events);
    await until(
      () => messages.length,
      (count) => count >= events.length,
    );
    expect(messages.map(({ value }) => String(value))).toEqual(
      events.map((event) => toMessage(event, 'own').value),
    );
  });

  it('says how to admit an event that is too large alone', async () => {
    const { brokers } = await sharedKafka();
    const topic = await newTopic(brokers, 1);
    await admit(brokers, topic, 200);
    expect(await troubleOf(publisherTo(brokers, topic))).toMatchObject({
      reason: 'refused',
      message: expect.stringContaining('raise max.message.bytes of KAFKA_EVENTS_TOPIC'),
    });
  });

  it('connects again after a rest, which it takes without a connection', async () => {
    const { brokers } = await sharedKafka();
    const topic = await newTopic(brokers, 1);
    const { messages } = await reading(brokers, topic);
    const outlet = publisherTo(brokers, topic);
    await outlet.publish([announcementOf('p', 1)]);
    await outlet.close();
    await outlet.publish([announcementOf('p', 2)]);
    await until(
      () => messages.length,
      (count) => count === 2,
    );
  });
});

describeWithSasl('a broker that wants to know who we are', () => {
  beforeAll(sharedKafka);

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'shows who it is by %s, and says so when the broker does not believe it',
    async (mechanism) => {
      const { brokers, saslBrokers = '' } = await sharedKafka();
      const topic = await newTopic(brokers, 1);
      const sasl = { mechanism, ...SASL_USER };
      await publisherTo(saslBrokers, topic, { sasl }).publish([announcementOf('p', 1)]);
      const wrong = { ...sasl, password: 'wrong-secret' };
      const trouble = await troubleOf(publisherTo(saslBrokers, topic, { sasl: wrong }));
      expect(trouble).toMatchObject({ reason: 'access' });
      expect(JSON.stringify(trouble)).not.toContain('wrong-secret');
      expect(await troubleOf(publisherTo(saslBrokers, topic))).toMatchObject({
        reason: 'connection',
      });
    },
  );
});

describeWithSasl('a broker that speaks TLS', () => {
  beforeAll(sharedKafka);

  async function opened() {
    const { brokers, saslBrokers = '', tls } = await sharedKafka();
    if (tls === undefined) throw new Error('the broker has no encrypted listener');
    const topic = await newTopic(brokers, 1);
    const sasl = { mechanism: 'scram-sha-512', ...SASL_USER } as const;
    return { brokers, saslBrokers, topic, sasl, ...tls };
  }

  it('is spoken to encrypted where its authority is the one of KAFKA_SSL_CA', async () => {
    const { brokers, topic, sasl, address, authority } = await opened();
    const { messages } = await reading(brokers, topic);
    const ssl = { ca: authority };
    await publisherTo(address, topic, { ssl, sasl }).publish([announcementOf('p', 1)]);
    await until(
      () => messages.length,
      (count) => count === 1,
    );
  });

  it('gets neither a name nor an event where somebody else vouches for it', async () => {
    const { topic, sasl, address, authority } = await opened();
    const usual = { ssl: { ca: null }, sasl };
    expect(await troubleOf(publisherTo(address, topic, usual))).toMatchObject({
      reason: 'connection',
      message: expect.stringContaining('self-signed certificate'),
    });
    const otherName = address.replace('127.0.0.1', 'localhost');
    const known = { ssl: { ca: authority }, sasl };
    expect(await troubleOf(publisherTo(otherName, topic, known))).toMatchObject({
      reason: 'connection',
      message: expect.stringContaining("does not match certificate's altnames"),
    });
  });

  it('and one that does not is not taken for one', async () => {
    const { saslBrokers, topic, sasl, authority } = await opened();
    const mistaken = { ssl: { ca: authority }, sasl };
    expect(await troubleOf(publisherTo(saslBrokers, topic, mistaken))).toMatchObject({
      reason: 'connection',
    });
  });
});

describe('without a broker', () => {
  it('says that nobody answers', async () => {
    const outlet = publisherTo('127.0.0.1:1', 'events');
    expect(await troubleOf(outlet)).toMatchObject({ reason: 'connection' });
  });

  it('the relay says so once, keeps the rows and does not hammer', async () => {
    const database = await testDatabase();
    await queue(database.pool, [announcementOf('p', 1)]);
    const lines: { level: number; msg: string; reason?: string }[] = [];
    const log = pino({ level: 'debug' }, { write: (line) => lines.push(JSON.parse(line)) });
    const outlet = publisherTo('127.0.0.1:1', 'events');
    const relay = relayTo(outlet, database, { log });
    const tries = () => lines.filter(({ msg }) => msg.startsWith('publishing events failed'));
    await until(
      () => {
        // As commits do; were each to cause a try, there would be hundreds.
        relay.wake();
        return tries().length;
      },
      (count) => count >= 5,
    );
    await relay.stop();
    expect(tries().length).toBeLessThan(8);
    expect(tries().filter(({ level }) => level > 20)).toMatchObject([{ reason: 'connection' }]);
    expect((await database.pool.query('select 1 from outbox')).rowCount).toBe(1);
  });
});
