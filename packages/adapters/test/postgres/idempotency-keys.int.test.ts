import type { IdempotencyKeys } from '@campusg-pay/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createIdempotencyKeys } from '../../src/postgres/payments/idempotency-keys.js';
import { type TestDatabase, testDatabase } from '../setup/database.js';

const request = { caller: 'orders', key: 'k', meaning: 'm', fingerprint: 'f' };

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
    await keys.keep(request, { status: 402, text: '{"success": false}' });
    const later = await keys.keep(request, { status: 200, text: '{"success": true}' });
    expect(later._unsafeUnwrap()).toEqual({ status: 402, text: '{"success": false}' });
    expect(await look()).toEqual({
      type: 'answered',
      answer: { status: 402, text: '{"success": false}' },
    });
  });

  it('belong to one request and one caller', async () => {
    expect(await look({ meaning: 'another' })).toEqual({ type: 'used_otherwise' });
    expect(await look({ caller: 'somebody else', meaning: 'another' })).toEqual({
      type: 'open',
    });
  });

  it('of two callers who chose the same are two: answers and their end are their own', async () => {
    const [one, other] = ['one', 'other'].map((caller) => ({ ...request, caller, key: 'shared' }));
    expect([await look(one), await look(other)]).toEqual([{ type: 'open' }, { type: 'open' }]);
    await keys.keep({ ...request, ...one }, { status: 200, text: '{"of":"one"}' });
    expect(await look(other)).toEqual({ type: 'open' });
    await keys.keep({ ...request, ...other }, { status: 402, text: '{"of":"other"}' });
    expect(await look(one)).toMatchObject({ answer: { text: '{"of":"one"}' } });
    expect(await look(other)).toMatchObject({ answer: { text: '{"of":"other"}' } });
    const old = `update idempotency_keys set created_at = now() - interval '2 days'
      where caller = 'one' and key = 'shared'`;
    await database.pool.query(old);
    expect((await keys.forget(new Date(Date.now() - 86_400_000)))._unsafeUnwrap()).toBe(1);
    expect(await look(one)).toEqual({ type: 'open' });
    expect(await look(other)).toMatchObject({ answer: { text: '{"of":"other"}' } });
  });

  it('give the answer back byte for byte', async () => {
    const own = { ...request, key: 'bytes' };
    await look({ key: 'bytes' });
    const text = '{ "zebra": 1.50,\n  "a": [2e3], "ü": "\\u00fc\\ud83d\\ude00" }';
    await keys.keep(own, { status: 200, text });
    expect(await look({ key: 'bytes' })).toEqual({
      type: 'answered',
      answer: { status: 200, text },
    });
  });

  it('know a request again whose bytes differ, and one of before by its bytes', async () => {
    await look({ key: 'said otherwise' });
    expect(await look({ key: 'said otherwise', fingerprint: 'g' })).toEqual({ type: 'open' });
    await database.pool.query(
      `insert into idempotency_keys (caller, key, fingerprint, status, body)
       values ('orders', 'of before', 'f', 200, '{"paymentId": "p", "success": true}')`,
    );
    expect(await look({ key: 'of before' })).toMatchObject({ type: 'answered' });
    const { answer } = (await look({ key: 'of before' })) as { answer: { text: string } };
    expect(JSON.parse(answer.text)).toEqual({ success: true, paymentId: 'p' });
    expect(await look({ key: 'of before', fingerprint: 'g' })).toEqual({ type: 'used_otherwise' });
  });

  it('are of use to replicas of before', async () => {
    const own = { ...request, key: 'for before' };
    await look({ key: 'for before' });
    await keys.keep(own, { status: 200, text: '{"success":true}' });
    const { rows } = await database.pool.query(
      `select fingerprint, status, body from idempotency_keys where key = 'for before'`,
    );
    expect(rows).toEqual([{ fingerprint: 'f', status: 200, body: { success: true } }]);
  });

  it('show a concurrent request which of two uses came first', async () => {
    const uses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => look({ key: 'raced', meaning: `m${index}` })),
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
