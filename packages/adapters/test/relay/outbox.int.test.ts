import { setTimeout as sleep } from 'node:timers/promises';
import type { Announcement } from '@campusg-pay/core';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createLogPublisher } from '../../src/service/log-publisher.js';
import { testDatabase } from '../setup/database.js';
import { announcementOf, outboxHeldBy, queue, relayTo } from '../setup/relay.js';
import { until } from '../setup/service.js';

/** An outbox of its own, with that many announcements of so many payments waiting in it. */
async function outboxWith(count: number, payments = 1) {
  const database = await testDatabase();
  const { pool } = database;
  const rows = Array.from({ length: count }, (_, n) =>
    announcementOf(`p${n % payments}`, Math.floor(n / payments) + 1),
  );
  await queue(pool, rows);
  const left = async () => (await pool.query('select 1 from outbox')).rowCount;
  return { database, pool, left, rows };
}

describe('the outbox', () => {
  it('tells what waits longest first, and no more than wanted', async () => {
    const { pool, rows } = await outboxWith(5);
    // All are of one order, and so of one shard.
    const outbox = await outboxHeldBy('r', pool);
    const next = (await outbox.next(3 * 64))._unsafeUnwrap();
    expect(next.map(({ announcement }) => announcement)).toEqual(rows.slice(0, 3));
  });

  it('keeps everything until it is taken out, and then only the rest', async () => {
    const { pool, rows } = await outboxWith(4);
    const outbox = await outboxHeldBy('r', pool);
    const first = (await outbox.next(2 * 64))._unsafeUnwrap();
    expect((await outbox.next(2 * 64))._unsafeUnwrap()).toEqual(first);
    await outbox.remove(first);
    const rest = (await outbox.next(10 * 64))._unsafeUnwrap();
    expect(rest.map(({ announcement }) => announcement)).toEqual(rows.slice(2));
  });

  it('gives times back as times', async () => {
    const { pool } = await outboxWith(1);
    const outbox = await outboxHeldBy('r', pool);
    const at = '2026-01-12T09:00:00.000Z';
    await pool.query(`update outbox set announcement =
      jsonb_set(announcement, '{event,captureBefore}', '"${at}"')`);
    const [waiting] = (await outbox.next(1))._unsafeUnwrap();
    expect(waiting?.announcement).toMatchObject({ event: { captureBefore: new Date(at) } });
  });

  it('tells nothing to a relay that no longer holds the shards', async () => {
    const { pool } = await outboxWith(3);
    const outbox = await outboxHeldBy('r', pool);
    await pool.query(`update outbox_shards set holder = 'somebody else'`);
    expect((await outbox.next(10))._unsafeUnwrap()).toEqual([]);
  });

  it('says how much waits, and since when', async () => {
    const { pool } = await outboxWith(3);
    const outbox = await outboxHeldBy('r', pool);
    await pool.query(`update outbox set created_at = now() - interval '90 s' where version = 2`);
    const { rows, oldestAgeMs } = (await outbox.backlog())._unsafeUnwrap();
    expect(rows).toBe(3);
    expect(oldestAgeMs).toBeGreaterThanOrEqual(90_000);
    expect(oldestAgeMs).toBeLessThan(120_000);
    await pool.query('delete from outbox');
    expect((await outbox.backlog())._unsafeUnwrap()).toEqual({ rows: 0, oldestAgeMs: 0 });
  });

  it('spreads orders over the shards, and keeps an order in one', async () => {
    const { pool } = await outboxWith(6_400, 3_200);
    const { rows } = await pool.query<{ shard: number; orders: number }>(
      'select shard, count(distinct order_id)::int as orders from outbox group by shard',
    );
    expect(rows).toHaveLength(64);
    expect(rows.reduce((sum, { orders }) => sum + orders, 0)).toBe(3_200);
    expect(Math.max(...rows.map(({ orders }) => orders))).toBeLessThan(100);
  });
});

describe('publishing', () => {
  it('empties more than one batch, each announcement once and each payment in order', async () => {
    const { database, left, rows } = await outboxWith(3_000, 100);
    const published: string[] = [];
    const publisher = {
      publish: async (all: readonly Announcement[]) => {
        published.push(...all.map(({ id }) => id));
      },
    };
    const relay = relayTo(publisher, database);
    await until(left, (count) => count === 0);
    await relay.stop();
    expect(published).toHaveLength(rows.length);
    for (let payment = 0; payment < 100; payment += 1) {
      const own = (id: string) => id.startsWith(`p${payment}:`);
      expect(published.filter(own)).toEqual(rows.map(({ id }) => id).filter(own));
    }
  });

  it('that fails keeps the row and tries again: twice at worst, never lost', async () => {
    const { database, left } = await outboxWith(3);
    let attempts = 0;
    const published: string[] = [];
    const publisher = {
      publish: async (all: readonly Announcement[]) => {
        attempts += 1;
        if (attempts < 3) throw new Error('broker away');
        published.push(...all.map(({ id }) => id));
      },
    };
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line) => lines.push(line) });
    const relay = relayTo(publisher, database, { log });
    await until(
      () => {
        relay.wake();
        return attempts;
      },
      (count) => count >= 3,
    );
    await until(left, (count) => count === 0);
    await relay.stop();
    expect(published).toEqual(['p0:1', 'p0:2', 'p0:3']);
    // One line when it begins and one when it is over, however often it failed.
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('broker away');
    expect(lines[1]).toContain('works again');
  });

  it('is woken rather than waiting for its turn', async () => {
    const { database, pool, left } = await outboxWith(0);
    const seen: number[] = [];
    const publisher = {
      publish: async () => {
        seen.push(performance.now());
      },
    };
    const relay = relayTo(publisher, database);
    const waits: number[] = [];
    // Once in ten is enough: without being woken it would wait for half a second each time.
    for (let version = 1; version <= 10 && !waits.some((ms) => ms < 100); version += 1) {
      // By then it looks by itself only every 800 ms, and has just done so.
      await sleep(1_000);
      await queue(pool, [announcementOf('p', version)]);
      const began = performance.now();
      relay.wake();
      await until(left, (count) => count === 0);
      waits.push((seen.at(-1) ?? 0) - began);
    }
    await relay.stop();
    expect(Math.min(...waits)).toBeLessThan(100);
  });

  it('that is stopped finishes its round and begins no other', async () => {
    const { database, pool, left } = await outboxWith(1);
    let publishes = 0;
    const publisher = {
      publish: async () => {
        publishes += 1;
        await sleep(100);
      },
    };
    const relay = relayTo(publisher, database);
    await until(
      () => publishes,
      (count) => count === 1,
    );
    await relay.stop();
    expect(await left()).toBe(0);
    await queue(pool, [announcementOf('q', 1)]);
    relay.wake();
    await sleep(100);
    expect(publishes).toBe(1);
    expect(await left()).toBe(1);
  });
});

describe('the log publisher', () => {
  it('writes one line for each announcement, under the name of the event', async () => {
    const lines: Record<string, unknown>[] = [];
    const log = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
    await createLogPublisher(log).publish([announcementOf('p', 1), announcementOf('p', 2)]);
    expect(lines).toMatchObject([
      { event: 'payment.authorized', paymentId: 'p', version: 1, amountMinor: 2098 },
      { event: 'payment.authorized', paymentId: 'p', version: 2 },
    ]);
  });
});
