import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { readConfig } from '../../src/service/config.js';
import { startConfiguredRelay } from '../../src/service/relay-wiring.js';
import { type TestDatabase, testDatabase } from '../setup/database.js';
import {
  describeWithKafka,
  describeWithOwnKafka,
  newTopic,
  ownKafka,
  reading,
  sharedKafka,
} from '../setup/kafka.js';
import { programOf } from '../setup/program.js';
import { until } from '../setup/service.js';
import { EVENTS_EACH, judge, writeEvents } from './stream.js';

/** The full size, 10,000, takes some minutes more on a busy machine; docs/relay.md has its figures. */
const PAYMENTS = Number(process.env.RELAY_PAYMENTS ?? 1_000);
const EVENTS = PAYMENTS * EVENTS_EACH;

const children: ChildProcess[] = [];
const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const stop of stops) await stop();
});

async function relayHere(environment: Record<string, string>, { pool }: TestDatabase) {
  const lines: { msg: string; level: number }[] = [];
  const log = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
  const config = readConfig(environment)._unsafeUnwrap();
  const locksAt = { connectionString: config.databaseUrl ?? '' };
  const started = await startConfiguredRelay({ config, db: { pool }, locksAt, log });
  const relay = started._unsafeUnwrap();
  stops.push(relay.stop);
  return lines;
}

async function relayInChild(environment: Record<string, string>): Promise<ChildProcess> {
  const program = await programOf(new URL('./relay-child.ts', import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(environment)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  return child;
}

async function count({ pool }: TestDatabase, sql: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(`select count(*)::int as count from ${sql}`);
  return rows[0]?.count ?? 0;
}

describeWithOwnKafka('two relays, when the broker and one of them are killed under load', () => {
  it('tell every event, each payment in order; some of them twice', async () => {
    const broker = await ownKafka();
    const topic = await newTopic(broker.address, 6);
    const database = await testDatabase();
    const environment = {
      DATABASE_URL: database.connectionString,
      KAFKA_BROKERS: broker.address,
      KAFKA_EVENTS_TOPIC: topic,
    };
    const lines = await relayHere(environment, database);
    const child = await relayInChild(environment);
    await until(
      () =>
        count(database, '(select holder from outbox_shards group by holder having count(*) = 32)'),
      (halves) => halves === 2,
      60_000,
    );
    const told = () => lines.filter(({ level }) => level >= 30).map(({ msg }) => msg);
    const tells = (lineCount: number) =>
      until(
        () => told().length,
        (lineNow) => lineNow >= lineCount,
        60_000,
      );
    const write = (from: number, to: number) =>
      writeEvents(database, { from: PAYMENTS * from, to: PAYMENTS * to }, () => sleep(20));

    // In the middle of the first ones the broker dies, and some more come meanwhile.
    const first = write(0, 0.4);
    await until(first.written, (written) => written >= EVENTS * 0.2, 120_000);
    await broker.kill();
    await first.done;
    await tells(1);
    await broker.start();
    await tells(2);

    // Both publish again, and then one of them dies in the middle of it.
    const second = write(0.4, 0.7);
    await until(second.written, (written) => written >= EVENTS * 0.1, 120_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await second.done;

    // And the broker once more, while the other one takes over.
    const third = write(0.7, 1);
    await until(third.written, (written) => written >= EVENTS * 0.1, 120_000);
    await broker.kill();
    await third.done;
    await tells(3);
    await broker.start();
    await until(
      () => count(database, 'outbox'),
      (left) => left === 0,
      120_000,
    );

    const { messages } = await reading(broker.address, topic);
    await until(
      () => judge(messages).distinct,
      (distinct) => distinct >= EVENTS,
      120_000,
    );
    const { orders, distinct, duplicates, outOfOrder, scattered } = judge(messages);
    console.log(
      `${EVENTS} events of ${PAYMENTS} payments; broker killed twice, one relay once: ` +
        `${distinct} arrived, ${duplicates} duplicates, ${outOfOrder.length} payments out of order`,
    );
    expect({ orders, distinct, outOfOrder, scattered }).toEqual({
      orders: PAYMENTS,
      distinct: EVENTS,
      outOfOrder: [],
      scattered: [],
    });
    // One line when it goes and one when it is back, for each time.
    expect(told()).toEqual([
      'publishing events failed; will try again',
      'publishing events works again',
      'publishing events failed; will try again',
      'publishing events works again',
    ]);
  }, 600_000);
});

describeWithKafka('a third relay that joins in the middle', () => {
  it('gets its share, and no event is told twice or out of order', async () => {
    const { brokers } = await sharedKafka();
    const topic = await newTopic(brokers, 6);
    const database = await testDatabase({ max: 12 });
    const environment = {
      DATABASE_URL: database.connectionString,
      KAFKA_BROKERS: brokers,
      KAFKA_EVENTS_TOPIC: topic,
    };
    const shares = async (wanted: string) => {
      const sql = `select string_agg(n::text, ' ' order by n desc) as shares from
        (select count(*) as n from outbox_shards where holder is not null group by holder) as s`;
      await until(
        async () => (await database.pool.query<{ shares: string }>(sql)).rows[0]?.shares,
        (now) => now === wanted,
        60_000,
      );
    };
    await relayHere(environment, database);
    await relayHere(environment, database);
    await shares('32 32');
    // Slow enough that a third one, which looks around once a second, joins in the middle; on a
    // machine that is slower still, the second half waits for it.
    let joined = () => {};
    const third = new Promise<void>((resolve) => {
      joined = resolve;
    });
    const writing = writeEvents(database, { from: 0, to: PAYMENTS }, async () => {
      await sleep(1_500_000 / EVENTS);
      if (writing.written() >= EVENTS / 2) await third;
    });
    await relayHere(environment, database);
    await shares('22 22 20');
    joined();
    const joinedAt = writing.written();
    await writing.done;
    await until(
      () => count(database, 'outbox'),
      (left) => left === 0,
      120_000,
    );
    const { messages } = await reading(brokers, topic);
    await until(
      () => messages.length,
      (told) => told >= EVENTS,
      60_000,
    );
    const { distinct, duplicates, outOfOrder } = judge(messages);
    console.log(
      `a third relay had its share after ${joinedAt} of ${EVENTS} events: ` +
        `${distinct} arrived, ${duplicates} duplicates, ${outOfOrder.length} payments out of order`,
    );
    expect(joinedAt).toBeLessThan(EVENTS);
    expect({ distinct, duplicates, outOfOrder }).toEqual({
      distinct: EVENTS,
      duplicates: 0,
      outOfOrder: [],
    });
  }, 300_000);
});
