import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { startSandbox } from '@campusg-pay/sandbox';
import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { ownPaymentIdOf } from '../../src/contract/payment-id.js';
import { readConfig } from '../../src/service/config.js';
import { openRuntime } from '../../src/service/runtime.js';
import { holding } from '../commands/world.js';
import { testDatabase } from '../setup/database.js';
import { describeWithKafka, kafkaAt, newTopic, reading, sharedKafka } from '../setup/kafka.js';
import { until } from '../setup/service.js';

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The whole service on a real broker, as it is configured. */
async function openOnKafka(dialect: string) {
  const { brokers } = await sharedKafka();
  const { connectionString } = await testDatabase();
  const sandbox = await startSandbox({ secretKey: 'sk_test_service' });
  const events = await newTopic(brokers, 3);
  const commands = await newTopic(brokers, 3);
  const config = readConfig({
    DATABASE_URL: connectionString,
    STRIPE_SECRET_KEY: 'sk_test_service',
    STRIPE_API_BASE: sandbox.url,
    KAFKA_BROKERS: brokers,
    KAFKA_EVENTS_TOPIC: events,
    KAFKA_COMMANDS_TOPIC: commands,
    KAFKA_CONSUMER_GROUP: `group-${randomUUID()}`,
    KAFKA_REPLY_DIALECT: dialect,
  })._unsafeUnwrap();
  const runtime = (await openRuntime(config, pino({ level: 'silent' })))._unsafeUnwrap();
  const producer = kafkaAt(brokers).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  closing.push(
    () => sandbox.close(),
    () => runtime.close(),
    () => producer.disconnect(),
  );
  await until(runtime.commandConsumer, (state) => state === 'running');
  const { messages } = await reading(brokers, events);
  return {
    brokers,
    events,
    messages,
    runtime,
    send: (key: string, type: string, correlation_id: string, payload: object) =>
      producer.send({
        topic: commands,
        acks: -1,
        messages: [{ key, value: JSON.stringify({ type, correlation_id, payload }) }],
      }),
    heard: async (count: number) => {
      await until(
        () => messages.length,
        (length) => length >= count,
      );
      return messages.map(({ key, value, headers }) => ({
        key: String(key),
        type: String(headers?.ce_type),
        id: String(headers?.ce_id),
        value: JSON.parse(String(value)),
      }));
    },
  };
}

/** A saga that holds, releases and reverts under one id. */
async function runSaga({ send, heard, runtime }: Awaited<ReturnType<typeof openOnKafka>>) {
  const saga = randomUUID();
  const order = `order_${saga}`;
  const { installation } = runtime.escrow;
  const { id: payment_id } = ownPaymentIdOf(installation, 'kafka:commands', saga);
  await send(order, 'authorize_payment', saga, holding(order));
  await send(order, 'release_payment', saga, { payment_id, runner_id: 'runner-1' });
  await send(order, 'revert_payment', saga, { payment_id, reason: 'rain' });
  return { saga, order, payment_id, told: await heard(3) };
}

describeWithKafka('the service between both topics', () => {
  it('answers a saga in order, in its own dialect, and an example consumer hears it', async () => {
    const at = await openOnKafka('own');
    expect((await at.runtime.exposeMetrics()).text).toContain(
      'campusg_pay_command_consumer_up 1\n',
    );
    const { saga, order, payment_id, told } = await runSaga(at);
    expect(told.map(({ type }) => type)).toEqual([
      'payment.authorized',
      'payment.released',
      'payment.reverted',
    ]);
    expect(told.map(({ id }) => id)).toEqual(
      [1, 2, 3].map((version) => `${payment_id}:${version}`),
    );
    expect(new Set(told.map(({ value }) => value.correlation_id))).toEqual(new Set([saga]));
    expect(new Set(told.map(({ key }) => key))).toEqual(new Set([order]));

    const refused = randomUUID();
    await at.send(order, 'release_payment', refused, { payment_id, runner_id: 'runner-2' });
    await at.heard(4);
    const lines = await linesOfExample(at, [saga, refused], 5);
    expect(lines).toEqual([
      { payment: payment_id, order, version: 1, status: 'AUTHORIZED' },
      { saga, answer: 'payment.authorized' },
      { payment: payment_id, order, version: 2, status: 'RELEASED' },
      { payment: payment_id, order, version: 3, status: 'REVERTED' },
      { saga: refused, answer: 'payment.failed', error: 'payment_state_conflict' },
    ]);
  }, 60_000);

  it("tells a revert in the platform's dialect as it always did", async () => {
    const { told } = await runSaga(await openOnKafka('campusg'));
    expect(told.map(({ type, value }) => [type, value.type, value.payload.status])).toEqual([
      ['payment.authorized', 'payment.authorized', 'AUTHORIZED'],
      ['payment.released', 'payment.released', 'RELEASED'],
      ['payment.released', 'payment.released', 'REVERTED'],
    ]);
  }, 60_000);
});

/** Runs the example consumer of the guide until it has printed so many lines. */
async function linesOfExample(
  { brokers, events }: { readonly brokers: string; readonly events: string },
  sagas: readonly string[],
  count: number,
): Promise<object[]> {
  const file = fileURLToPath(new URL('../../../../examples/consume-events.mjs', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [file, ...sagas], {
    env: {
      ...process.env,
      KAFKA_BROKERS: brokers,
      KAFKA_EVENTS_TOPIC: events,
      KAFKA_GROUP: `example-${randomUUID()}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closing.push(() => child.kill('SIGKILL'));
  let printed = '';
  child.stdout?.on('data', (chunk) => {
    printed += String(chunk);
  });
  const lines = () => printed.split('\n').slice(0, -1);
  await until(lines, ({ length }) => length >= count);
  return lines().map((line) => JSON.parse(line) as object);
}
