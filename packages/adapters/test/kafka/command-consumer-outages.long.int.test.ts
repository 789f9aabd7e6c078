import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startCommandConsumer } from '../../src/kafka/command-messages.js';
import { keepConsuming } from '../../src/kafka/consumer.js';
import { createDeadLetters } from '../../src/postgres/commands/dead-letters.js';
import { holding, openCommandWorld } from '../commands/world.js';
import { describeWithKafka, kafkaAt, newTopic, sharedKafka } from '../setup/kafka.js';
import { until } from '../setup/service.js';
import { openProxy } from '../setup/wire.js';
import { closing, command, IN_TIME, movesOn, openTopic, parkedIn, send } from './command-topic.js';

describeWithKafka('while something is away', () => {
  const COUNT = 12;

  it('Stripe: commands wait in their partitions, and are answered once each afterwards', async () => {
    const at = await openTopic(3);
    await at.consume();
    await at.consume(await at.openAnother());
    await at.closeStripe();
    const sagas = Array.from({ length: COUNT }, () => randomUUID());
    for (const [n, saga] of sagas.entries()) {
      const value = command('authorize_payment', saga, holding(`order_${saga}`));
      await send(at, value, { partition: n % 3 });
    }
    const waits = () => at.lines.filter(({ msg }) => String(msg).startsWith('commands of a part'));
    await until(waits, ({ length }) => length >= 6, IN_TIME);
    expect(at.heard()).toEqual([]);
    expect(await at.committed()).toEqual([-1, -1, -1]);
    await at.reopenStripe();
    await until(at.committed, (all) => all.reduce((sum, one) => sum + one, 0) === COUNT, 60_000);
    await at.allIsSaid();
    await sleep(500);
    const heard = at.heard();
    expect(heard.map(({ type }) => type)).toEqual(Array(COUNT).fill('payment.authorized'));
    expect(new Set(heard.map((one) => one.correlation_id))).toEqual(new Set(sagas));
    expect(at.sandbox().ledger().paymentIntents).toHaveLength(COUNT);
    expect(await parkedIn(at)).toEqual([]);
  }, 120_000);

  it('the database: nothing is parked or lost, and each is answered once afterwards', async () => {
    const wires: Awaited<ReturnType<typeof openProxy>>[] = [];
    const wayToDatabase = async (direct: string) => {
      const wire = await openProxy(direct);
      wires.push(wire);
      return wire.connectionString;
    };
    const at = await openTopic(1, { wayToDatabase });
    closing.push(async () => wires.map((wire) => wire.close()));
    await at.consume();
    await movesOn(at);
    for (const wire of wires) {
      wire.leadTo('postgres://127.0.0.1:1');
      wire.cut();
    }
    const sagas = Array.from({ length: 3 }, () => randomUUID());
    for (const saga of sagas) {
      await send(at, command('authorize_payment', saga, holding(`order_${saga}`)));
    }
    const waits = () => at.lines.filter(({ msg }) => String(msg).startsWith('commands of a part'));
    await until(waits, ({ length }) => length >= 2, IN_TIME);
    for (const wire of wires) wire.leadTo(at.direct);
    await until(at.committed, ([offset]) => offset === 1 + sagas.length, 60_000);
    for (const saga of sagas) {
      const heard = await until(
        () => at.answersTo(saga, 0),
        ({ length }) => length > 0,
        IN_TIME,
      );
      expect(heard).toMatchObject([{ type: 'payment.authorized' }]);
    }
    expect(await parkedIn(at)).toEqual([]);
  }, 120_000);
});

describeWithKafka('a consumer', () => {
  const kept = async (brokers: string, topic: string) => {
    const world = await openCommandWorld();
    const consumer = startCommandConsumer({
      topic,
      groupId: `group-${randomUUID()}`,
      log: world.log,
      clock: world.clock,
      newId: randomUUID,
      kafka: kafkaAt(brokers),
      commands: world.runtime.commands,
      deadLetters: createDeadLetters(world),
      currency: world.config.currency,
      installation: world.runtime.escrow.installation,
      timing: { sessionTimeoutMs: 6_000, longestPauseMs: 500 },
    });
    closing.push(consumer.stop);
    return { consumer, lines: world.lines };
  };

  it('whose topic is missing is dead, says so, and lives once it is there', async () => {
    const { brokers } = await sharedKafka();
    const topic = `missing_${randomUUID()}`;
    const { consumer, lines } = await kept(brokers, topic);
    await until(consumer.state, (state) => state === 'dead', 60_000);
    expect(lines.some(({ msg }) => String(msg).startsWith('the command consumer has'))).toBe(true);
    const admin = kafkaAt(brokers).admin();
    await admin.connect();
    // What it waits for is the consumer, and not a broker that has not heard of the topic yet.
    await admin.createTopics({ topics: [{ topic }], waitForLeaders: false });
    await admin.disconnect();
    await until(consumer.state, (state) => state === 'running', 60_000);
  }, 120_000);

  it('that hangs is dead, says so, and is begun again with the message it hung on', async () => {
    const { brokers } = await sharedKafka();
    const topic = await newTopic(brokers, 1);
    const { log, lines } = await openCommandWorld();
    const taken: string[] = [];
    const consumer = keepConsuming({
      topic,
      groupId: `group-${randomUUID()}`,
      log,
      kafka: kafkaAt(brokers),
      sessionTimeoutMs: 6_000,
      silentMs: 3_000,
      eachBatch: async ({ batch }) => {
        taken.push(...batch.messages.map(({ value }) => String(value)));
        if (taken.length === 1) await new Promise(() => {});
      },
    });
    closing.push(consumer.stop);
    const producer = kafkaAt(brokers).producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: [{ key: null, value: 'heavy' }] });
    await producer.disconnect();
    await until(consumer.state, (state) => state === 'dead', 60_000);
    await until(
      () => taken,
      (values) => values.length >= 2,
      60_000,
    );
    expect(consumer.state()).toBe('running');
    expect(taken.slice(0, 2)).toEqual(['heavy', 'heavy']);
    expect(JSON.stringify(lines)).toContain('no sign of life for 3000 ms');
  }, 150_000);

  it('that finds no broker is away, which is no fault of its own, and stops at once', async () => {
    const { consumer } = await kept('127.0.0.1:1', 'payment_commands');
    await sleep(1_000);
    expect(consumer.state()).toBe('away');
    const began = performance.now();
    await consumer.stop();
    expect(performance.now() - began).toBeLessThan(5_000);
  }, 120_000);
});
