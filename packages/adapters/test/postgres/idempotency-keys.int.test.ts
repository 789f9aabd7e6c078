import type { IdempotencyKeys } from '@campusg-pay/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createIdempotencyKeys } from '../../src/postgres/payments/idempotency-keys.js';
import { testDatabase } from '../setup/database.js';

const request = { caller: 'orders', key: 'k', fingerprint: 'f' };

describe('the keys of callers', () => {
  let keys: IdempotencyKeys;
  beforeAll(async () => {
    keys = createIdempotencyKeys(await testDatabase());
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
