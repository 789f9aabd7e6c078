import {
  type Announcement,
  type Background,
  type Outbox,
  type Publisher,
  SHARDS,
} from '@campusg-pay/core';
import type pg from 'pg';
import { type Logger, pino } from 'pino';
import { afterAll } from 'vitest';
import { createOutbox } from '../../src/postgres/outbox/outbox.js';
import { startRelayTo } from '../../src/service/relay-wiring.js';
import type { TestDatabase } from './database.js';

const running: Background[] = [];
afterAll(async () => {
  for (const relay of running.splice(0)) await relay.stop();
});

export const silent = pino({ level: 'silent' });

/** A relay to whatever publishes, stopped after the file at the latest. */
export function relayTo(
  publisher: Publisher & { readonly abandon?: () => void },
  database: Pick<TestDatabase, 'pool' | 'connectionString'>,
  { log = silent, restMs = 0 }: { log?: Logger; restMs?: number } = {},
): Background {
  const { pool, connectionString } = database;
  const outlet = { abandon: () => {}, close: async () => {}, ...publisher };
  const relay = startRelayTo(outlet, {
    db: { pool },
    locksAt: { connectionString },
    restMs,
    log,
  });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= relay.stop();
    return stopping;
  };
  running.push({ ...relay, stop });
  return { ...relay, stop };
}

/** The outbox as the relay `holder` sees it, which holds all shards without their locks. */
export async function outboxHeldBy(holder: string, pool: pg.Pool) {
  await pool.query('update outbox_shards set holder = $1', [holder]);
  const outbox: Outbox = createOutbox({ pool });
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  const next = async (limit: number) => {
    const page = await outbox.next({ holder, shards }, limit);
    return page.map(({ rows }) => rows);
  };
  return { ...outbox, next };
}

/** The n-th announcement of a payment. */
export function announcementOf(paymentId: string, version: number): Announcement {
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

/** Puts announcements into the outbox, in this order. */
export async function queue(pool: pg.Pool, rows: readonly Announcement[]): Promise<void> {
  await pool.query(
    `insert into outbox (payment_id, order_id, version, announcement)
     select a ->> 'paymentId', a ->> 'orderId', (a ->> 'version')::int, a
     from jsonb_array_elements($1) with ordinality as one (a, n) order by n`,
    [JSON.stringify(rows)],
  );
}
