import type { IdempotencyKeys } from '@campusg-pay/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createIdempotencyKeys } from '../../src/postgres/payments/idempotency-keys.js';
import { type TestDatabase, testDatabase } from '../setup/database.js';

const request = { caller: 'orders', key: 'k', fingerprint: 'f' };

describe('the keys of callers', () => {
  let keys: IdempotencyKeys;
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    keys = createIdempotencyKeys(database);
  });
  const look = async (changes = {}) =>
    (await keys.look({ ...request, ...changes }))._unsafeUnwrap();

  it('are open until there is an answer, and the first answer stays', async () => {
    expect(await look()).toEqual({ type: 'open' });
    expect(await look()).toEqual({ type: 'open' });
    await keys.keep(request, { status: 402, body: { success: false } });
    await keys.keep(request, { status: 200, body: { success: true } });
    expect(await look()).toEqual({
      type: 'answered',
      answer: { status: 402, body: { success: false } },
    });
  });

  it('belong to one request and one caller', async () => {
    expect(await look({ fingerprint: 'another' })).toEqual({ type: 'used_otherwise' });
    expect(await look({ caller: 'somebody else', fingerprint: 'another' })).toEqual({
      type: 'open',
    });
  });

  it('of two callers who chose the same are two: answers and their end are their own', async () => {
    const [one, other] = ['one', 'other'].map((caller) => ({ ...request, caller, key: 'shared' }));
    expect([await look(one), await look(other)]).toEqual([{ type: 'open' }, { type: 'open' }]);
    await keys.keep({ ...request, ...one }, { status: 200, body: { of: 'one' } });
    expect(await look(other)).toEqual({ type: 'open' });
    await keys.keep({ ...request, ...other }, { status: 402, body: { of: 'other' } });
    expect(await look(one)).toMatchObject({ answer: { body: { of: 'one' } } });
    expect(await look(other)).toMatchObject({ answer: { body: { of: 'other' } } });
    const old = `update idempotency_keys set created_at = now() - interval '2 days'
      where caller = 'one' and key = 'shared'`;
    await database.pool.query(old);
    expect((await keys.forget(new Date(Date.now() - 86_400_000)))._unsafeUnwrap()).toBe(1);
    expect(await look(one)).toEqual({ type: 'open' });
    expect(await look(other)).toMatchObject({ answer: { body: { of: 'other' } } });
  });

  it('show a concurrent request which of two uses came first', async () => {
    const uses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => look({ key: 'raced', fingerprint: `f${index}` })),
    );
    expect(uses.filter(({ type }) => type === 'open')).toHaveLength(1);
    expect(uses.filter(({ type }) => type === 'used_otherwise')).toHaveLength(19);
  });

  it('are forgotten when they are older than asked', async () => {
    expect((await keys.forget(new Date(0)))._unsafeUnwrap()).toBe(0);
    expect((await keys.forget(new Date(Date.now() + 60_000)))._unsafeUnwrap()).toBeGreaterThan(0);
    expect(await look()).toEqual({ type: 'open' });
  });
});
