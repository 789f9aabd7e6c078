import type { Announcement } from '@campusg-pay/core';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createOutbox } from '../src/postgres/outbox.js';
import { createLogPublisher, startPublishing } from '../src/publishing.js';
import { testDatabase } from './setup/database.js';
import { until } from './setup/service.js';

/** An outbox of its own, with that many announcements of so many payments waiting in it. */
async function outboxWith(count: number, payments = 1) {
  const { pool } = await testDatabase();
  const rows = Array.from({ length: count }, (_, n) =>
    announcementOf(`p${n % payments}`, Math.floor(n / payments) + 1),
  );
  await pool.query(
    `insert into outbox (payment_id, order_id, version, announcement)
     select a ->> 'paymentId', a ->> 'orderId', (a ->> 'version')::int, a
     from jsonb_array_elements($1) with ordinality as one (a, n) order by n`,
    [JSON.stringify(rows)],
  );
  const left = async () => (await pool.query('select 1 from outbox')).rowCount;
  return { pool, outbox: createOutbox({ pool }), left, rows };
}

function announcementOf(paymentId: string, version: number): Announcement {
  return {
    id: `${paymentId}:${version}`,
    paymentId,
    orderId: `order of ${paymentId}`,
    version,
    at: '2026-01-05T09:00:00.000Z',
    correlationId: 'c',
    answers: 'authorize',
    status: 'AUTHORIZED',
    customerId: 'u',
    runnerId: null,
    paymentIntentId: 'pi_1',
    amountMinor: 2098,
    currency: 'USD',
    event: { type: 'authorized', paymentIntentId: 'pi_1', captureBefore: null },
  };
}

const silent = pino({ level: 'silent' });

describe('the outbox', () => {
  it('tells what waits longest first, and no more than wanted', async () => {
    const { outbox, rows } = await outboxWith(5);
    const next = (await outbox.next(3))._unsafeUnwrap();
    expect(next.map(({ announcement }) => announcement)).toEqual(rows.slice(0, 3));
  });

  it('keeps everything until it is taken out, and then only the rest', async () => {
    const { outbox, rows } = await outboxWith(4);
    const first = (await outbox.next(2))._unsafeUnwrap();
    expect((await outbox.next(2))._unsafeUnwrap()).toEqual(first);
    await outbox.remove(first);
    const rest = (await outbox.next(10))._unsafeUnwrap();
    expect(rest.map(({ announcement }) => announcement)).toEqual(rows.slice(2));
  });

  it('gives times back as times', async () => {
    const { pool, outbox } = await outboxWith(1);
    const at = '2026-01-12T09:00:00.000Z';
    await pool.query(`update outbox set announcement =
      jsonb_set(announcement, '{event,captureBefore}', '"${at}"')`);
    const [waiting] = (await outbox.next(1))._unsafeUnwrap();
    expect(waiting?.announcement).toMatchObject({ event: { captureBefore: new Date(at) } });
  });
});

describe('publishing', () => {
  it('empties more than one batch, in order, each announcement once', async () => {
    const { outbox, left, rows } = await outboxWith(1_200, 100);
    const published: string[] = [];
    const publisher = {
      publish: async (all: readonly Announcement[]) => {
        published.push(...all.map(({ id }) => id));
      },
    };
    const publishing = startPublishing({ outbox, publisher, log: silent });
    await until(left, (count) => count === 0);
    await publishing.stop();
    expect(published).toEqual(rows.map(({ id }) => id));
  });

  it('that fails keeps the row and tries again: twice at worst, never lost', async () => {
    const { outbox, left } = await outboxWith(3);
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
    const log = pino({ level: 'warn' }, { write: (line) => lines.push(line) });
    const publishing = startPublishing({ outbox, publisher, log });
    await until(
      () => {
        publishing.wake();
        return attempts;
      },
      (count) => count >= 3,
    );
    await until(left, (count) => count === 0);
    await publishing.stop();
    expect(published).toEqual(['p0:1', 'p0:2', 'p0:3']);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('broker away');
  });

  it('is woken rather than waiting for its turn', async () => {
    const { pool, outbox, left } = await outboxWith(0);
    const seen: number[] = [];
    const publisher = {
      publish: async () => {
        seen.push(performance.now());
      },
    };
    const publishing = startPublishing({ outbox, publisher, log: silent });
    const waits: number[] = [];
    for (let version = 1; version <= 5; version += 1) {
      await pool.query(
        `insert into outbox (payment_id, order_id, version, announcement) values ('p', 'o', $1, $2)`,
        [version, JSON.stringify(announcementOf('p', version))],
      );
      const began = performance.now();
      publishing.wake();
      await until(left, (count) => count === 0);
      waits.push((seen.at(-1) ?? 0) - began);
    }
    await publishing.stop();
    // Unwoken they would take 250 ms on average.
    expect(Math.min(...waits)).toBeLessThan(100);
  });

  it('that is stopped finishes its round and begins no other', async () => {
    const { pool, outbox, left } = await outboxWith(1);
    let publishes = 0;
    const publisher = {
      publish: async () => {
        publishes += 1;
      },
    };
    const publishing = startPublishing({ outbox, publisher, log: silent });
    await publishing.stop();
    const before = publishes;
    await pool.query(
      `insert into outbox (payment_id, order_id, version, announcement) values ('q', 'o', 1, '{}')`,
    );
    publishing.wake();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(publishes).toBe(before);
    expect(await left()).toBeGreaterThan(0);
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
