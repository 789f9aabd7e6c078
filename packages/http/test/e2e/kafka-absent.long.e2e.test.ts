import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTopics } from '@campusg-pay/adapters';
import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { type Broker, startBroker } from '../../../../scripts/kafka/broker.js';
import { freePorts } from '../../../../scripts/kafka/settings.js';
import { describeWithOwnKafka, reading } from '../../../../scripts/kafka/testing.js';
import { authorize, newOrder, release } from './orders.js';
import { openWorld, type World } from './world.js';

/** An hour with ten orders a second would leave 72,000 events; docs/relay.md has its figures. */
const BACKLOG = Number(process.env.RELAY_BACKLOG ?? 10_000);

const ROUNDS = 12;
const ORDERS = 4;

const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-absent-'));
let broker: Broker | undefined;
afterAll(async () => {
  await broker?.kill();
  await rm(folder, { recursive: true, force: true });
});

/** Orders held and released one after the other: how long one takes, what was answered and asked. */
async function orders(at: World) {
  const before = at.statements.length;
  const began = performance.now();
  const codes: number[] = [];
  for (let n = 0; n < ORDERS; n += 1) {
    const order = newOrder();
    codes.push((await authorize(at, order)).status, (await release(at, order)).status);
  }
  const ms = (performance.now() - began) / ORDERS;
  return { ms, codes, statements: at.statements.slice(before) };
}

/** What an hour leaves: events of past orders, before those that are there. */
async function fill({ database }: World, count: number): Promise<void> {
  await database.sql(
    `insert into outbox (payment_id, order_id, version, announcement, created_at)
     select 'past' || n, 'past order ' || n, version,
       announcement || jsonb_build_object('orderId', 'past order ' || n, 'paymentId', 'past' || n,
         'version', version), now() - interval '1 hour'
     from generate_series(1, $1::int / 2) n, generate_series(1, 2) version,
       (select announcement from outbox limit 1) one
     order by version, n`,
    [count],
  );
}

async function waiting({ runtime }: World) {
  return (await runtime.outboxBacklog())._unsafeUnwrap();
}

const median = (all: number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;

describeWithOwnKafka('without Kafka, from the start and for an hour,', () => {
  it('commands do what they do with it and wait for nothing, and all is told in order once it is there', async () => {
    const ports = await freePorts();
    const brokers = `127.0.0.1:${ports.plain}`;
    const log = await openWorld({ webhooks: false });
    const absent = await openWorld({
      webhooks: false,
      environment: { KAFKA_BROKERS: brokers },
    });
    const times = { log: [] as number[], absent: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const asked: string[][] = [];
      for (const [name, world] of Object.entries({ log, absent })) {
        world.clock.advance(3_600_000 / ROUNDS);
        const { ms, codes, statements } = await orders(world);
        times[name as keyof typeof times].push(ms);
        asked.push(statements);
        expect(new Set(codes)).toEqual(new Set([200]));
      }
      // Not a round trip more, whatever the machine is busy with.
      expect(asked[1]).toEqual(asked[0]);
    }
    expect((await absent.get('/health')).status).toBe(200);
    // All were answered while not one event had been taken: nobody has waited for Kafka.
    expect((await waiting(absent)).rows).toBe(2 * ROUNDS * ORDERS);
    await fill(absent, BACKLOG);
    const { rows, oldestAgeMs } = await waiting(absent);
    expect(oldestAgeMs).toBeGreaterThanOrEqual(3_600_000);

    broker = await startBroker({ folder, ports });
    const { kafka } = absent.runtime.config;
    if (kafka === null) throw new Error('no Kafka is configured');
    const { ensureTopics } = (await loadTopics())._unsafeUnwrap();
    (await ensureTopics(kafka, pino({ level: 'silent' }), { checkOnly: false }))._unsafeUnwrap();
    await expect
      .poll(async () => (await waiting(absent)).rows, { timeout: 120_000, interval: 5 })
      .toBeLessThan(rows);
    const began = performance.now();
    await expect
      .poll(async () => (await waiting(absent)).rows, { timeout: 120_000, interval: 20 })
      .toBe(0);
    const drainMs = performance.now() - began;

    const { messages } = await reading(brokers, 'payment_events');
    await expect.poll(() => messages.length, { timeout: 120_000 }).toBeGreaterThanOrEqual(rows);
    const seen = new Map<string, number>();
    const disordered = messages.filter(({ key, value }) => {
      const { version } = JSON.parse(String(value)).payload as { version: number };
      const last = seen.get(String(key)) ?? 0;
      seen.set(String(key), Math.max(last, version));
      return version > last + 1;
    });
    expect(disordered).toEqual([]);
    expect([...seen.values()].reduce((sum, one) => sum + one, 0)).toBe(rows);
    console.log(
      `an order takes ${median(times.absent).toFixed(1)} ms without Kafka, ${median(times.log).toFixed(1)} ms ` +
        `with the log; the backlog of ${rows} drained at ` +
        `${Math.round((rows * 1000) / drainMs)} events/s; ${messages.length - rows} duplicates`,
    );
    // Away, then there without the topic, then well: not a line for each try.
    const told = absent.lines.filter(
      ({ level, msg }) => Number(level) > 20 && String(msg).startsWith('publishing events'),
    );
    expect(told.length).toBeLessThanOrEqual(3);
  }, 300_000);
});
