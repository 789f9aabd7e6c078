import { apply, type InitiatingPayment } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { createRepository } from '../../src/postgres/payments/repository.js';
import { testDatabase } from '../setup/database.js';
import { OWING } from '../stripe/odd-stripe.js';

/** A payment that owes its call, and the change that a hold makes to it. */
async function opened() {
  const { pool } = await testDatabase();
  const sent: string[] = [];
  const repository = createRepository({ pool, onQuery: (name) => sent.push(name) });
  const claim = (await repository.claim(OWING.authorize as InitiatingPayment))._unsafeUnwrap();
  if (claim.type !== 'claimed') throw new Error('not claimed');
  const { payment } = claim;
  const key = payment.operation?.key ?? '';
  const steps = [
    { type: 'operation_closed', key, outcome: 'done', detail: null },
    { type: 'authorized', paymentIntentId: 'pi_1', captureBefore: null },
  ] as const;
  const change = apply(payment, steps, payment.updatedAt);
  const rows = async (table: string) => {
    const { rows: found } = await pool.query(`select * from ${table}`);
    return found;
  };
  sent.length = 0;
  return { pool, repository, payment, change, sent, rows };
}

describe('a change of a payment', () => {
  it('is one statement with its history, its journal and its event', async () => {
    const { repository, change, sent, rows } = await opened();
    const webhook = { id: 'evt_1', type: 'payment_intent.succeeded' };
    expect((await repository.save(change, webhook))._unsafeUnwrap()).toBe('saved');
    expect(sent).toEqual(['save_change']);
    expect(await rows('outbox')).toMatchObject([{ version: 1 }]);
    expect(await rows('payment_events')).toMatchObject([{ version: 1, type: 'authorized' }]);
    expect(await rows('operations')).toMatchObject([{ outcome: 'done' }]);
    expect(await rows('stripe_events')).toMatchObject([{ id: 'evt_1' }]);
  });

  it.each([
    ['outbox', 'its event'],
    ['payment_events', 'its history'],
    ['stripe_events', 'its webhook'],
  ])('is not made where %s does not take %s', async (table) => {
    const { pool, repository, payment, change, rows } = await opened();
    await pool.query(`alter table ${table} add constraint full_up check (false) not valid`);
    const webhook = { id: 'evt_1', type: 'payment_intent.succeeded' };
    await expect(repository.save(change, webhook)).rejects.toThrow('full_up');
    const found = (await repository.find({ paymentId: payment.id }))._unsafeUnwrap();
    expect(found).toEqual(payment);
    for (const each of ['outbox', 'payment_events', 'stripe_events'])
      expect(await rows(each), each).toEqual([]);
    expect(await rows('operations')).toMatchObject([{ closed_at: null }]);
  });
});
