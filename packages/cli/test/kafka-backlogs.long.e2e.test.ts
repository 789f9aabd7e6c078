import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  describeWithKafka,
  newTopic,
  reading,
  sharedKafka,
} from '../../../scripts/kafka/testing.js';
import { DRAINED, EXPLAINED, PARKED_COMMAND, PARKED_DONE } from '../src/wording/documents.js';
import { campusgPay, until } from './cli.js';
import { linesOf, openWorld, type World } from './world.js';

vi.setConfig({ testTimeout: 90_000 });

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const WHY = ['--reason', 'was away', '--operator', 'night-shift', '--yes'];

/** Parks a message; tells its number. */
async function park(
  topic: string,
  value: string,
  bytes = Buffer.byteLength(value),
  reason = 'not_json',
) {
  const [row] = (await world.database.sql(
    `insert into parked_commands (
       topic, partition, "offset", key, headers, value, value_bytes, reason, parked_at
     ) values ($1, 0, $2, $3, '{"who":"orders"}', $4, $5, $6, now()) returning id`,
    [
      topic,
      Math.floor(Math.random() * 1e9),
      Buffer.from('order_1'),
      Buffer.from(value),
      bytes,
      reason,
    ],
  )) as { id: string }[];
  return String(row?.id);
}

const parkedIds = async () =>
  linesOf(await world.run('commands', 'parked', 'list', '--json')).map((line) =>
    String(PARKED_COMMAND.parse(line).id),
  );

describe('commands parked', () => {
  it('are listed with what they say, and dropped for good with a reason', async () => {
    const id = await park('payment_commands', '{"type":');
    const shown = await world.run('commands', 'parked', 'list');
    expect(shown.stdout).toMatch(/not_json .* payment_commands\/0\/\d+ +\{"type":/);
    const dry = await world.run('commands', 'parked', 'drop', id, '--dry-run');
    expect(dry.stdout).toContain('never carried out');
    expect(await parkedIds()).toContain(id);
    const { code, stdout } = await world.run('commands', 'parked', 'drop', id, '--json', ...WHY);
    expect(code).toBe(0);
    expect(PARKED_DONE.parse(JSON.parse(stdout))).toEqual({ outcome: 'dropped', id: Number(id) });
    expect(await parkedIds()).not.toContain(id);
    expect((await world.run('commands', 'parked', 'drop', id, ...WHY)).code).toBe(2);
    expect(
      await world.database.sql(`select act, outcome from operator_acts where details = $1`, [
        { id: Number(id) },
      ]),
    ).toEqual([{ act: 'commands.drop', outcome: 'done' }]);
  });

  it('stay where they are when they can not be sent', async () => {
    const [whole, cut] = [await park('t', 'x'), await park('t', 'x', 2)];
    const retry = (id: string) => world.run('commands', 'parked', 'retry', id, ...WHY);
    expect(await retry(cut)).toMatchObject({ code: 2, stdout: '' });
    const batch = await retry(await park('t', 'x', 1, 'unreadable_lz4_batch'));
    expect(batch).toMatchObject({ code: 2, stdout: '' });
    expect(batch.stderr).toContain('a whole batch');
    const unset = await retry(whole);
    expect([unset.code, unset.stdout]).toEqual([3, '']);
    expect(unset.stderr).toContain('KAFKA_BROKERS is not set');
    const env = { ...world.env, KAFKA_BROKERS: '127.0.0.1:1' };
    const away = await campusgPay(['commands', 'parked', 'retry', whole, ...WHY], env);
    expect(away.code).toBe(3);
    expect(away.stderr).toMatch(/Kafka does not answer/);
    expect(await parkedIds()).toEqual(expect.arrayContaining([whole, cut]));
  });
});

describe('outbox retry', () => {
  it('has nothing to do where events go to the log, and says that Kafka is away', async () => {
    await world.hold();
    const log = await world.run('outbox', 'retry', ...WHY);
    expect([log.code, log.stderr]).toEqual([
      3,
      'KAFKA_BROKERS is not set: events go to the log of the service.\n',
    ]);
    const env = { ...world.env, KAFKA_BROKERS: '127.0.0.1:1' };
    const retry = ['outbox', 'retry', '--seconds', '2', '--json', ...WHY];
    const { code, stdout, stderr } = await campusgPay(retry, env);
    expect(code).toBe(3);
    const { outcome, before, left } = DRAINED.parse(JSON.parse(stdout));
    expect([outcome, left]).toEqual(['fault', before]);
    expect(stderr).toContain('Kafka did not take them in time');
  });

  it('does not claim to have tried where nothing waits', async () => {
    await world.database.sql('delete from outbox');
    const env = { ...world.env, KAFKA_BROKERS: '127.0.0.1:1' };
    const { code, stdout, stderr } = await campusgPay(['outbox', 'retry', ...WHY], env);
    expect([code, stdout, stderr]).toEqual([0, '', 'Nothing waits to be published.\n']);
  });
});

describe('explain', () => {
  it('tells the command that came over Kafka, and its answer', async () => {
    const payment = await world.hold();
    await world.database.sql(
      `insert into commands (correlation_id, type, fingerprint, payment_id, state, due_at,
         answer, received_at, answered_at)
       values ($1, 'release_payment', 'f', $2, 'answered', now(), 'refused', now(), now()),
         ($1, 'revert_payment', 'f', $2, 'waiting', now(), null, now(), null)`,
      [randomUUID(), payment.id],
    );
    const { stdout } = await world.run('explain', payment.id, '--json');
    const { timeline, open } = EXPLAINED.parse(JSON.parse(stdout));
    expect(timeline.map(({ says }) => says)).toEqual(
      expect.arrayContaining([
        'command release_payment',
        'release_payment is answered by the reply refused',
        'command revert_payment',
      ]),
    );
    expect(open).toContain('The command revert_payment is waiting; its answer is still to come.');
  });
});

describeWithKafka('with a broker', () => {
  it('outbox retry publishes what waits, and a replay is marked and answers nobody', async () => {
    const { brokers } = await sharedKafka();
    const topic = await newTopic(brokers);
    const env = { ...world.env, KAFKA_BROKERS: brokers, KAFKA_EVENTS_TOPIC: topic };
    const run = (...args: string[]) => campusgPay(args, env);
    await world.database.sql('delete from outbox');
    const payment = await world.hold();
    const { code, stdout } = await run('outbox', 'retry', '--json', ...WHY);
    expect(code).toBe(0);
    expect(DRAINED.parse(JSON.parse(stdout))).toEqual({ outcome: 'done', before: 1, left: 0 });
    const replay = ['events', 'replay', '--from', '1h', '--order', payment.orderId];
    expect((await run(...replay, ...WHY)).code).toBe(0);
    expect((await run('outbox', 'retry', ...WHY)).stdout).toBe('Everything is published.\n');

    const { messages } = await reading(brokers, topic);
    await until(() => messages.length >= 2);
    const told = messages.map(({ headers, value }) => ({
      id: String(headers?.ce_id),
      replay: headers?.ce_replay === undefined ? null : String(headers.ce_replay),
      correlationId: JSON.parse(String(value)).correlation_id,
    }));
    const id = `${payment.id}:1`;
    expect(told).toEqual([
      { id, replay: null, correlationId: payment.correlationId },
      { id, replay: 'true', correlationId: id },
    ]);
  });

  it('commands parked retry sends the message as it came, and doctor sees the topics', async () => {
    const { brokers } = await sharedKafka();
    const topic = await newTopic(brokers, 1);
    const env = { ...world.env, KAFKA_BROKERS: brokers, KAFKA_COMMANDS_TOPIC: topic };
    const id = await park(topic, '{"type":"some_day"}');
    const retried = await campusgPay(['commands', 'parked', 'retry', id, ...WHY], env);
    expect(retried).toMatchObject({ code: 0, stdout: `Message ${id} is sent.\n` });
    const { messages } = await reading(brokers, topic);
    await until(() => messages.length === 1);
    const [message] = messages;
    expect([message?.key, message?.value, message?.headers?.who].map(String)).toEqual([
      'order_1',
      '{"type":"some_day"}',
      'orders',
    ]);
    expect(await parkedIds()).not.toContain(id);

    const missing = { ...env, KAFKA_EVENTS_TOPIC: `missing_${randomUUID()}` };
    const { stdout } = await campusgPay(['doctor', '--json'], missing);
    const kafka = linesOf({ stdout }).filter((line) => Object(line).name === 'Kafka');
    expect(kafka).toMatchObject([
      { state: 'fail', fix: 'campusg-pay kafka topics' },
      { state: 'ok', found: expect.stringContaining(`topic ${topic}, 1 partition`) },
    ]);
  });
});
