import { setTimeout as sleep } from 'node:timers/promises';
import type { Announcement } from '@campusg-pay/core';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { admin } from '../setup/admin.js';
import { type TestDatabase, testDatabase } from '../setup/database.js';
import { announcementOf, queue, relayTo } from '../setup/relay.js';
import { until } from '../setup/service.js';

/** From when until when a relay was publishing an order's events, and whether it got through. */
interface Publishing {
  readonly relay: string;
  readonly orders: ReadonlySet<string>;
  readonly from: number;
  to: number;
}

/** A broker that takes its time, for every send or for each in turn, and notes who published what when. */
function slowBroker(...takesMs: readonly number[]) {
  const seen: Publishing[] = [];
  const told: Announcement[] = [];
  const publisherOf = (relay: string) => {
    let cut: () => void = () => {};
    return {
      publish: async (all: readonly Announcement[]) => {
        const orders = new Set(all.map(({ orderId }) => orderId));
        const one: Publishing = { relay, orders, from: performance.now(), to: Infinity };
        seen.push(one);
        const ms = takesMs[Math.min(seen.length, takesMs.length) - 1] ?? 0;
        const isCut = await new Promise<boolean>((resolve) => {
          cut = () => resolve(true);
          setTimeout(resolve, ms, false).unref();
        });
        one.to = performance.now();
        if (isCut) throw new Error('cut off');
        told.push(...all);
      },
      abandon: () => cut(),
    };
  };
  return { seen, told, publisherOf };
}

/** Two relays that published the same order at the same time. */
function overlaps(seen: readonly Publishing[]): string[] {
  return seen.flatMap((a, n) =>
    seen
      .slice(n + 1)
      .filter((b) => a.relay !== b.relay && a.from < b.to && b.from < a.to)
      .flatMap((b) => [...a.orders].filter((order) => b.orders.has(order))),
  );
}

async function holders({ pool }: TestDatabase): Promise<number[]> {
  const { rows } = await pool.query<{ shards: number }>(
    'select count(*)::int as shards from outbox_shards where holder is not null group by holder',
  );
  return rows.map(({ shards }) => shards).sort((a, b) => b - a);
}

/** The locks that are held, without those that only count the relays. */
async function locked({ pool }: TestDatabase): Promise<number> {
  const { rowCount } = await pool.query(
    `select 1 from pg_locks where locktype = 'advisory' and objsubid = 2 and objid < 64
       and database = (select oid from pg_database where datname = current_database())`,
  );
  return rowCount ?? 0;
}

/** Events of many orders, some at a time, for as long as the test wants. */
function stream({ pool }: TestDatabase) {
  const orders = Array.from({ length: 40 }, (_, n) => `p${n}`);
  let version = 0;
  let going = true;
  const ended = (async () => {
    while (going) {
      version += 1;
      await queue(
        pool,
        orders.map((payment) => announcementOf(payment, version)),
      );
      await sleep(20);
    }
  })();
  return {
    stop: async () => {
      going = false;
      await ended;
      return version * orders.length;
    },
  };
}

async function emptied({ pool }: TestDatabase): Promise<void> {
  await until(
    async () => (await pool.query('select 1 from outbox')).rowCount,
    (count) => count === 0,
  );
}

/** Of each payment the versions in the order in which they were told first. */
function firstTellings(told: readonly Announcement[]): Map<string, number[]> {
  const first = new Map<string, number[]>();
  for (const { paymentId, version } of told) {
    const versions = first.get(paymentId) ?? [];
    if (!versions.includes(version)) versions.push(version);
    first.set(paymentId, versions);
  }
  return first;
}

describe('relays that share an outbox', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  it('each get a fair share as they come, give it back when they go, and never overlap', async () => {
    const broker = slowBroker(60);
    const events = stream(database);
    const first = relayTo(broker.publisherOf('first'), database, { restMs: 5_000 });
    const sharedBy = (...shares: number[]) =>
      until(
        () => holders(database),
        (now) => String(now) === String(shares),
      );
    await sharedBy(64);
    const second = relayTo(broker.publisherOf('second'), database, { restMs: 5_000 });
    await sharedBy(32, 32);
    const third = relayTo(broker.publisherOf('third'), database, { restMs: 5_000 });
    await sharedBy(22, 22, 20);
    await first.stop();
    await sharedBy(32, 32);
    const written = await events.stop();
    await emptied(database);
    await Promise.all([second.stop(), third.stop()]);
    expect(await holders(database)).toEqual([]);
    expect(await locked(database)).toBe(0);

    expect(new Set(broker.seen.map(({ relay }) => relay)).size).toBe(3);
    expect(overlaps(broker.seen)).toEqual([]);
    // In peace nothing is told twice.
    expect(broker.told).toHaveLength(written);
    for (const versions of firstTellings(broker.told).values()) {
      expect(versions).toEqual(versions.map((_, n) => n + 1));
    }
  }, 120_000);
});

describe('a relay that loses its connection with a send under way', () => {
  it('cuts it off, and the next one waits until that is certain', async () => {
    const database = await testDatabase();
    // The first send would never end by itself: what ends it is that it is cut off.
    const broker = slowBroker(3_600_000, 500);
    const lines: { msg: string }[] = [];
    const log = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
    await queue(database.pool, [announcementOf('p', 1), announcementOf('p', 2)]);
    const first = relayTo(broker.publisherOf('first'), database, { log, restMs: 3_000 });
    await until(
      () => broker.seen.length,
      (count) => count === 1,
    );
    const second = relayTo(broker.publisherOf('second'), database, { restMs: 3_000 });
    const askedAt = performance.now();
    await admin(
      database.connectionString,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
         and application_name = 'campusg-pay relay' and pid = (
           select pid from pg_locks where locktype = 'advisory' and objid = 7 and objsubid = 2
             and database = (select oid from pg_database where datname = current_database()))`,
    );
    await emptied(database);
    await Promise.all([first.stop(), second.stop()]);

    const [cut, next] = broker.seen;
    expect(cut?.to).toBeLessThan(Number(next?.from));
    expect(next?.from).toBeGreaterThanOrEqual(askedAt + 2_900);
    expect(overlaps(broker.seen)).toEqual([]);
    expect(firstTellings(broker.told).get('p')).toEqual([1, 2]);
    expect(lines.map(({ msg }) => msg).filter((msg) => msg.includes('connection'))).toEqual([
      'the relay lost its connection to the database; events wait',
      'the relay has its connection to the database again',
    ]);
  }, 60_000);

  it('takes part again by itself', async () => {
    const database = await testDatabase();
    const broker = slowBroker(0);
    const relay = relayTo(broker.publisherOf('only'), database);
    await until(
      () => locked(database),
      (count) => count === 64,
    );
    await admin(
      database.connectionString,
      `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'campusg-pay relay'`,
    );
    await queue(database.pool, [announcementOf('p', 1)]);
    await emptied(database);
    expect(await locked(database)).toBe(64);
    await relay.stop();
  }, 60_000);
});
