import { apply, decideRelease, initiated, parseCharge, parseCurrency } from '@campusg-pay/core';
import { expect, it } from 'vitest';
import { createRepository } from '../../src/postgres/repository.js';
import { testDatabase } from '../setup/database.js';

it('smoke', async () => {
  const { pool } = await testDatabase();
  const repo = createRepository({ pool });
  const now = new Date();
  const amount = parseCharge(2098, parseCurrency('USD')._unsafeUnwrap())._unsafeUnwrap();
  const p = initiated({
    id: 'p1',
    orderId: 'o1',
    attempt: 1,
    customerId: 'c',
    stripeCustomerId: null,
    paymentMethodId: 'pm',
    amount,
    description: "d'x",
    correlationId: 'k',
    createdAt: now,
    updatedAt: now,
    operation: {
      kind: 'authorize',
      params: { returnUrl: null, savePaymentMethod: false },
      key: 'k1',
      openedAt: now,
      attempts: 1,
      leaseUntil: now,
      correlationId: 'k',
    },
  });
  const c = (await repo.claim(p))._unsafeUnwrap();
  expect(c).toMatchObject({ type: 'claimed', payment: p });
  expect(
    (
      await repo.claim({ ...p, id: 'p2', operation: { ...p.operation!, key: 'k2' } })
    )._unsafeUnwrap(),
  ).toMatchObject({ type: 'live' });
  expect(
    (
      await repo.claim({ ...p, orderId: 'o2', operation: { ...p.operation!, key: 'k3' } })
    )._unsafeUnwrap(),
  ).toMatchObject({ type: 'id_taken' });
  const ch = apply(
    p,
    [
      { type: 'operation_closed', key: 'k1', outcome: 'done', detail: null },
      { type: 'intent_learned', paymentIntentId: 'pi', stripeCustomerId: 'cus' },
      { type: 'authorized', paymentIntentId: 'pi', captureBefore: now },
    ],
    now,
  );
  expect((await repo.save(ch, { id: 'evt', type: 'x' }))._unsafeUnwrap()).toBe('saved');
  expect((await repo.save(ch))._unsafeUnwrap()).toBe('stale');
  const f = (await repo.find({ paymentIntentId: 'pi' }))._unsafeUnwrap();
  expect(f).toEqual(ch.payment);
  expect((await repo.history('p1'))._unsafeUnwrap()).toMatchObject([{ version: 1 }]);
  const r = decideRelease(
    f,
    { runnerId: 'r' },
    { now: new Date(now.getTime() - 1), operationKey: 'k9', leaseMs: 1, correlationId: 'z' },
  )._unsafeUnwrap();
  expect((await repo.save(apply(f!, r, now)))._unsafeUnwrap()).toBe('saved');
  expect(
    (await repo.owing({ before: new Date(Date.now() + 1000), limit: 5 }))._unsafeUnwrap(),
  ).toHaveLength(1);
});
