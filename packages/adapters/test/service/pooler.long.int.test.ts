import type { Publisher } from '@campusg-pay/core';
import { startSandbox } from '@campusg-pay/sandbox';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/service/config.js';
import { openOperatorSession } from '../../src/service/operator-session.js';
import { openRuntime, type Runtime } from '../../src/service/runtime.js';
import { emptyDatabase } from '../setup/database.js';
import { startPgBouncer } from '../setup/pgbouncer.js';
import { hasPgBouncer } from '../setup/pgbouncer-process.js';
import { authorizing, until } from '../setup/service.js';

const silent = pino({ level: 'silent' });

const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** An empty database behind a pooler, and Stripe. */
async function world(
  mode: Parameters<typeof startPgBouncer>[1],
  more: readonly string[] = [],
  { direct = false } = {},
) {
  const database = await emptyDatabase();
  const pooler = await startPgBouncer(database.connectionString, mode, more);
  const sandbox = await startSandbox();
  closers.push(() => sandbox.close());
  const config = readConfig({
    DATABASE_URL: pooler.connectionString,
    ...(direct ? { DATABASE_DIRECT_URL: database.connectionString } : {}),
    STRIPE_SECRET_KEY: 'sk_test_pooler',
    STRIPE_API_BASE: sandbox.url,
  })._unsafeUnwrap();
  const told: string[] = [];
  const publisher: Publisher = {
    publish: async (batch) => {
      for (const one of batch) if ('event' in one) told.push(`${one.orderId} ${one.event.type}`);
    },
  };
  const open = async () => {
    const runtime = (await openRuntime(config, silent, { publisher }))._unsafeUnwrap();
    let closed = false;
    const close = async () => {
      if (closed) return;
      closed = true;
      await runtime.close();
    };
    closers.push(close);
    return { runtime, close };
  };
  return { database, config, told, open };
}

/** Does it for each of so many orders, with so many at work at once. */
async function each(orders: number, users: number, act: (order: number) => Promise<void>) {
  let next = 0;
  await Promise.all(
    Array.from({ length: users }, async () => {
      while (next < orders) await act(next++);
    }),
  );
}

async function holdAndRelease({ escrow }: Runtime, orderId: string): Promise<void> {
  const held = await escrow.authorize(authorizing({ orderId, customerId: orderId }));
  expect(held._unsafeUnwrap()).toMatchObject({ payment: { status: 'AUTHORIZED' } });
  const released = await escrow.release({
    payment: { orderId },
    runnerId: 'runner',
    correlationId: 'c',
  });
  expect(released._unsafeUnwrap()).toMatchObject({ payment: { status: 'RELEASED' } });
}

describe.skipIf(!hasPgBouncer)(
  'through a pooler in transaction mode, as it comes from Debian',
  () => {
    let made: Awaited<ReturnType<typeof world>>;
    let first: Awaited<ReturnType<typeof made.open>>;
    let second: Awaited<ReturnType<typeof made.open>>;

    beforeAll(async () => {
      made = await world('transaction');
      [first, second] = await Promise.all([made.open(), made.open()]);
    });

    it('two services hold and release 300 orders of 32 users, and tell each event once', async () => {
      await each(300, 32, (order) =>
        holdAndRelease((order % 2 === 0 ? first : second).runtime, `order-${order}`),
      );
      await until(
        () => made.told.length,
        (count) => count >= 600,
      );
      expect(new Set(made.told).size).toBe(600);
      expect(made.told).toHaveLength(600);
    });

    it('payments are reverted, refunded, found and reconciled', async () => {
      const { escrow } = first.runtime;
      await escrow.authorize(authorizing({ orderId: 'void' }));
      const revert = (orderId: string) =>
        escrow.revert({ payment: { orderId }, reason: null, correlationId: 'c' });
      expect((await revert('void'))._unsafeUnwrap()).toMatchObject({
        payment: { status: 'REVERTED' },
      });
      expect((await revert('order-7'))._unsafeUnwrap()).toMatchObject({
        payment: { status: 'REVERTED' },
      });
      expect((await escrow.find({ orderId: 'order-8' }))._unsafeUnwrap().status).toBe('RELEASED');
    });

    it('the operator works as well', async () => {
      const session = (await openOperatorSession(made.config, silent))._unsafeUnwrap();
      expect((await session.looking.named('order-9'))._unsafeUnwrap()).toHaveLength(1);
      await session.close();
    });

    it('one that goes leaves its shards to the other', async () => {
      await second.close();
      await each(32, 8, (order) => holdAndRelease(first.runtime, `later-${order}`));
      await until(
        () => made.told.filter((one) => one.startsWith('later-')).length,
        (count) => count >= 64,
      );
    });
  },
);

describe.skipIf(!hasPgBouncer)('through a pooler', () => {
  it.each([
    ['in session mode', 'session', [], false],
    [
      'that is told to pass over what it does not know',
      'transaction',
      [
        'ignore_startup_parameters = extra_float_digits,options,search_path,statement_timeout,lock_timeout,idle_in_transaction_session_timeout,IntervalStyle,bytea_output,array_nulls,transform_null_equals,default_transaction_isolation,default_transaction_deferrable,synchronous_commit,row_security,plan_cache_mode,jit',
      ],
      false,
    ],
    ['that is gone around for the locks', 'transaction', [], true],
  ] as const)('%s', async (_name, mode, more, direct) => {
    const { open, told } = await world(mode, more, { direct });
    const { runtime, close } = await open();
    await each(40, 16, (order) => holdAndRelease(runtime, `order-${order}`));
    await until(
      () => told.length,
      (count) => count >= 80,
    );
    expect(told).toHaveLength(80);
    await close();
  });

  it('in statement mode the service does not start, and says what to set', async () => {
    const { config } = await world('statement');
    const opened = await openRuntime(config, silent);
    expect(opened._unsafeUnwrapErr()).toMatchObject({ reason: 'statement-pooling' });
  });
});
