import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import { afterAll, expect, it } from 'vitest';
import { startCommandConsumer } from '../../src/kafka/command-messages.js';
import { keepConsuming } from '../../src/kafka/consumer.js';
import { createDeadLetters } from '../../src/postgres/commands/dead-letters.js';
import { holding, openCommandWorld } from '../commands/world.js';
import { describeWithKafka, kafkaAt, newTopic, sharedKafka } from '../setup/kafka.js';
import { until } from '../setup/service.js';
import { openProxy } from '../setup/wire.js';
import { COMMANDS, encoded, expected } from './fixtures.js';

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const IN_TIME = 40_000;

/** A topic of commands, whoever sends to it, and consumers that share it. */
async function openTopic(partitions: number, options: Parameters<typeof openCommandWorld>[0] = {}) {
  const world = await openCommandWorld(options);
  const { brokers } = await sharedKafka();
  const topic = await newTopic(brokers, partitions);
  const groupId = `payment-service-${randomUUID()}`;
  const producer: Producer = kafkaAt(brokers).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  closing.push(() => producer.disconnect());
  const consume = async (service = world.runtime) => {
    const consumer = startCommandConsumer({
      ...{ topic, groupId, log: world.log, clock: world.clock, newId: randomUUID },
      kafka: kafkaAt(brokers),
      commands: service.commands,
      deadLetters: createDeadLetters(world),
      currency: world.config.currency,
      timing: { sessionTimeoutMs: 6_000, longestPauseMs: 1_000 },
    });
    closing.push(consumer.stop);
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
  return { ...world, ...{ brokers, topic, groupId, producer, consume, committed } };
}

type Topic = Awaited<ReturnType<typeof openTopic>>;

const command = (type: string, correlation_id: string, payload: object) =>
  JSON.stringify({ type, correlation_id, timestamp: new Date().toISOString(), payload });

const send = (
  { producer, topic }: Topic,
  value: string | Buffer | null,
  { partition = 0, key = null as string | null } = {},
) => producer.send({ topic, acks: -1, messages: [{ key, value, partition }] });

/** A command that works, to see that the partition has moved on. */
async function movesOn(at: Topic, partition = 0): Promise<void> {
  const saga = randomUUID();
  await send(at, command('authorize_payment', saga, holding(`order_${saga}`)), { partition });
  await until(
    () => at.answersTo(saga, 0),
    (heard) => heard.length === 1,
    IN_TIME,
  );
}

const parkedIn = async ({ pool, topic }: Topic) => {
  const sql = `select "offset", reason, value, value_bytes, headers, key from parked_commands
    where topic = $1 order by "offset"`;
  return (await pool.query(sql, [topic])).rows;
};

describeWithKafka('the messages of the platform', () => {
  it('are each answered as they were always answered, in their order', async () => {
    const at = await openTopic(1);
    await at.consume();
    for (const fixture of COMMANDS) {
      await send(at, encoded(fixture), { key: fixture.key });
    }
    await until(
      () => at.heard().length,
      (count) => count === COMMANDS.length,
      IN_TIME,
    );
    await sleep(300);
    expect(at.heard().map(({ timestamp: _, ...rest }) => rest)).toEqual(
      COMMANDS.flatMap(({ answers }) => expected(answers)),
    );
    await until(at.committed, ([offset]) => offset === COMMANDS.length);
  }, 120_000);
});

describeWithKafka('a command that is delivered again and again', () => {
  it('50 times to two consumers at once has one effect and one reply', async () => {
    const at = await openTopic(4);
    await at.consume();
    await at.consume(await at.openAnother());
    const saga = randomUUID();
    const order = `order_${saga}`;
    const value = command('authorize_payment', saga, holding(order));
    const messages = Array.from({ length: 50 }, (_, n) => ({ value, partition: n % 4 }));
    await at.producer.send({ topic: at.topic, acks: -1, messages });
    await until(
      at.committed,
      (offsets) => offsets.reduce((sum, one) => sum + one, 0) === 50,
      IN_TIME,
    );
    const used = at.lines.filter(({ msg }) => msg === 'command');
    expect(new Set(used.map(({ partition }) => partition)).size).toBe(4);
    const heard = await at.answersTo(saga, 1_000);
    expect(heard.map(({ type }) => type)).toEqual(['payment.authorized']);
    const { paymentIntents, requests } = at.sandbox().ledger();
    expect(paymentIntents).toHaveLength(1);
    const holds = requests.filter(({ path }) => path === '/v1/payment_intents');
    expect(holds).toHaveLength(1);
  }, 120_000);

  it('from the beginning, as after a crash before the offset was committed, changes nothing', async () => {
    const at = await openTopic(1);
    const first = await at.consume();
    for (const fixture of COMMANDS) await send(at, encoded(fixture));
    await until(at.committed, ([offset]) => offset === COMMANDS.length, IN_TIME);
    await first.stop();
    await at.allIsSaid();
    const admin = kafkaAt(at.brokers).admin();
    await admin.connect();
    const partitions = [{ partition: 0, offset: '0' }];
    await admin.setOffsets({ groupId: at.groupId, topic: at.topic, partitions });
    await admin.disconnect();
    const before = at.heard().length;
    await at.consume();
    await until(at.committed, ([offset]) => offset === COMMANDS.length, IN_TIME);
    await at.allIsSaid();
    await sleep(500);
    expect(at.heard()).toHaveLength(before);
    expect(await parkedIn(at)).toEqual([]);
  }, 120_000);
});

describeWithKafka('a message that can be neither carried out nor answered', () => {
  const body = (rest: object) => JSON.stringify({ payload: {}, ...rest });
  const UNANSWERABLE: readonly (readonly [string, string | Buffer | null])[] = [
    ['empty', null],
    ['empty', ''],
    ['not_json', 'not JSON'],
    ['not_json', Buffer.from([0xff, 0x00, 0xfe])],
    ['not_json', JSON.stringify('{"type":')],
    ['not_json', `${'['.repeat(40_000)}`],
    ['not_an_object', '[]'],
    ['not_an_object', 'null'],
    ['not_an_object', JSON.stringify(JSON.stringify('twice'))],
    ['no_type', body({ correlation_id: 'c' })],
    ['no_type', body({ correlation_id: 'c', type: 7 })],
    ['no_correlation_id', body({ type: 'release_payment' })],
    ['no_correlation_id', body({ type: 'release_payment', correlation_id: null })],
    ['bad_correlation_id', body({ type: 'release_payment', correlation_id: 7 })],
    ['bad_correlation_id', body({ type: 'release_payment', correlation_id: 'x'.repeat(201) })],
    ['bad_correlation_id', body({ type: 'release_payment', correlation_id: 'a\u0000b' })],
    ['unknown_type', body({ type: 'pay_everybody', correlation_id: 'c' })],
    ['unknown_type', body({ type: 'toString', correlation_id: 'c' })],
    [
      'too_large',
      body({ type: 'release_payment', correlation_id: 'c', more: 'x'.repeat(1_000_000) }),
    ],
  ];

  it('is parked with its reason, and its partition moves on', async () => {
    const at = await openTopic(1);
    await at.consume();
    for (const [, value] of UNANSWERABLE) await send(at, value);
    await movesOn(at);
    const parked = await parkedIn(at);
    expect(parked.map(({ reason }) => reason)).toEqual(UNANSWERABLE.map(([reason]) => reason));
    const large = parked.at(-1);
    expect(large.value_bytes).toBeGreaterThan(1_000_000);
    expect(large.value.length).toBe(64 * 1024);
    expect(await at.committed()).toEqual([UNANSWERABLE.length + 1]);
    // Nothing was said to anybody but to the command that followed.
    expect(at.heard()).toHaveLength(1);
    const { text } = await at.runtime.exposeMetrics();
    expect(text).toContain(`campusg_pay_commands_parked ${UNANSWERABLE.length}\n`);
  }, 120_000);

  it('is kept with key and headers, whatever bytes they are', async () => {
    const at = await openTopic(1);
    await at.consume();
    const headers = { plain: 'a', nul: 'a\0b', broken: Buffer.from([0xff]), many: ['1', '2'] };
    const messages = [{ key: Buffer.from([0, 0xff]), value: 'x', headers }];
    await at.producer.send({ topic: at.topic, acks: -1, messages });
    await movesOn(at);
    const [parked] = await parkedIn(at);
    expect(parked.key).toEqual(Buffer.from([0, 0xff]));
    expect(parked.headers).toEqual({ plain: 'a', nul: 'a\ufffdb', broken: '\ufffd', many: '1,2' });
  }, 120_000);

  it('because its id came with another command is parked, and the first one is answered', async () => {
    const at = await openTopic(1);
    await at.consume();
    const saga = randomUUID();
    await send(at, command('authorize_payment', saga, holding('order_a')));
    await send(at, command('authorize_payment', saga, holding('order_b')));
    await movesOn(at);
    expect(await parkedIn(at)).toMatchObject([{ reason: 'correlation_id_reused' }]);
    expect(await at.answersTo(saga)).toMatchObject([{ payload: { order_id: 'order_a' } }]);
  }, 120_000);
});

describeWithKafka('a payload that breaks the rules', () => {
  const INVALID: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['authorize_payment', undefined, ['order_id', 'body']],
    ['authorize_payment', {}, ['order_id', 'customer.clerkUserId', 'order.amount']],
    ['authorize_payment', holding('x'.repeat(201)), ['order_id']],
    ['release_payment', { payment_id: {}, runner_id: '' }, ['payment_id', 'runner_id']],
    ['revert_payment', { payment_id: 'p', reason: 'x'.repeat(501) }, ['reason']],
  ];

  it('is answered once, naming the fields, and not parked', async () => {
    const at = await openTopic(1);
    await at.consume();
    const sagas = INVALID.map(() => randomUUID());
    for (const [n, [type, payload]] of INVALID.entries()) {
      // Made again by its sender it has another time, and is still the same.
      for (const timestamp of ['2026-11-26T12:00:00Z', '2026-11-26T12:00:05Z']) {
        await send(at, JSON.stringify({ type, correlation_id: sagas[n], timestamp, payload }));
      }
    }
    await movesOn(at);
    for (const [n, [, , fields]] of INVALID.entries()) {
      const heard = await at.answersTo(String(sagas[n]), 0);
      expect(heard).toMatchObject([
        {
          type: 'payment.failed',
          payload: { error: 'invalid_request', issues: fields.map((field) => ({ field })) },
        },
      ]);
    }
    expect(await parkedIn(at)).toEqual([]);
  }, 120_000);
});

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
      ...{ topic, groupId: `group-${randomUUID()}`, log: world.log, clock: world.clock },
      newId: randomUUID,
      kafka: kafkaAt(brokers),
      commands: world.runtime.commands,
      deadLetters: createDeadLetters(world),
      currency: world.config.currency,
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
    await admin.createTopics({ topics: [{ topic }], waitForLeaders: true });
    await admin.disconnect();
    await until(consumer.state, (state) => state === 'running', 60_000);
  }, 120_000);

  it('that hangs is dead, says so, and is begun again with the message it hung on', async () => {
    const { brokers } = await sharedKafka();
    const topic = await newTopic(brokers, 1);
    const { log, lines } = await openCommandWorld();
    const taken: string[] = [];
    const consumer = keepConsuming({
      ...{ topic, groupId: `group-${randomUUID()}`, log, kafka: kafkaAt(brokers) },
      ...{ sessionTimeoutMs: 6_000, silentMs: 3_000 },
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
