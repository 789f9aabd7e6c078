import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeWithKafka, sharedKafka } from '../../../scripts/kafka/testing.js';
import { campusgPay, newFolder, serve, until } from './cli.js';

const topics = (env: Record<string, string>, ...options: string[]) =>
  campusgPay(['kafka', 'topics', ...options], env);

describeWithKafka('kafka topics', () => {
  it('tells what is missing, creates it, and leaves it alone afterwards', async () => {
    const { brokers } = await sharedKafka();
    const [events, commands] = [`events_${randomUUID()}`, `commands_${randomUUID()}`];
    const env = {
      KAFKA_BROKERS: brokers,
      KAFKA_EVENTS_TOPIC: events,
      KAFKA_COMMANDS_TOPIC: commands,
    };
    const before = await topics(env, '--check');
    expect(before).toMatchObject({ code: 3, stdout: '' });
    expect(before.stderr.trimEnd().split('\n')).toEqual([
      `missing  ${events}: campusg-pay kafka topics creates it`,
      `missing  ${commands}: campusg-pay kafka topics creates it`,
    ]);
    const facts = '(5 partitions, 1 copy)';
    expect(await topics(env, '--partitions', '5')).toEqual({
      code: 0,
      stderr: '',
      stdout: `created  ${events} ${facts}\ncreated  ${commands} ${facts}\n`,
    });
    const there = {
      code: 0,
      stderr: '',
      stdout: `there    ${events} ${facts}\nthere    ${commands} ${facts}\n`,
    };
    expect(await topics(env)).toEqual(there);
    expect(await topics(env, '--check')).toEqual(there);
    const other = await topics(env, '--check', '--partitions', '6');
    expect(other).toMatchObject({ code: 3, stdout: '' });
    expect(other.stderr).toContain(`differs  ${events} (5 partitions, not 6;`);
  }, 60_000);

  it('says in one line that a topic can not have more copies than there are brokers', async () => {
    const { brokers } = await sharedKafka();
    const env = { KAFKA_BROKERS: brokers, KAFKA_EVENTS_TOPIC: `events_${randomUUID()}` };
    const { code, stderr } = await topics(env, '--replication', '3');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^Kafka refuses: .*\n$/);
  }, 60_000);
});

describeWithKafka('serve with a broker', () => {
  it('takes commands in, and ends soon although its consumer was waiting', async () => {
    const { brokers } = await sharedKafka();
    const names = [`events_${randomUUID()}`, `commands_${randomUUID()}`];
    const env = {
      CAMPUSG_PAY_DATA_DIR: await newFolder(),
      KAFKA_BROKERS: brokers,
      KAFKA_EVENTS_TOPIC: String(names[0]),
      KAFKA_COMMANDS_TOPIC: String(names[1]),
    };
    expect(await topics(env)).toMatchObject({ code: 0 });
    const service = await serve(env);
    await until(async () => {
      const text = await (await fetch(`${service.url}/metrics`)).text();
      return text.includes('campusg_pay_command_consumer_up 1\n');
    });
    const since = performance.now();
    service.kill('SIGTERM');
    expect((await service.ended).code).toBe(0);
    expect(performance.now() - since).toBeLessThan(20_000);
  }, 90_000);
});

describe('kafka topics without a broker', () => {
  it('says that nobody answers', async () => {
    const { code, stdout, stderr } = await topics({ KAFKA_BROKERS: '127.0.0.1:1' });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^Kafka does not answer: .*\n$/);
  });

  it('says that none is configured, with 3 as everywhere', async () => {
    const { code, stdout, stderr } = await topics({});
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('KAFKA_BROKERS is not set');
  });

  it.each([
    [{ KAFKA_BROKERS: 'kafka' }, 'KAFKA_BROKERS must be'],
    [
      { KAFKA_BROKERS: 'kafka:9092', KAFKA_SASL_MECHANISM: 'plain' },
      'KAFKA_SASL_USERNAME is required with KAFKA_SASL_MECHANISM',
    ],
  ])('refuses %j with 1', async (env, line) => {
    const { code, stdout, stderr } = await topics({ ...env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(line);
  });
});
