import { apply, type Change, type InitiatingPayment, type Payment } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { createRepository } from '../../src/postgres/payments/repository.js';
import { testDatabase } from '../setup/database.js';
import { OWING } from '../stripe/odd-stripe.js';

const MANY = 64;

/** A repository that counts its statements, and payments that owe their holds, by name. */
async function claimed(count: number) {
  const { pool } = await testDatabase();
  const sent: string[] = [];
  const repository = createRepository({ pool, onQuery: (name) => sent.push(name) });
  const claims = await Promise.all(
    Array.from({ length: count }, (_, n) => repository.claim(wanted(`p${n}`))),
  );
  const payments = claims.map((one) => {
    const claim = one._unsafeUnwrap();
    if (claim.type !== 'claimed') throw new Error('not claimed');
    return claim.payment;
  });
  return { pool, repository, sent, payments };
}

function wanted(id: string): InitiatingPayment {
  const one = OWING.authorize as InitiatingPayment;
  if (one.operation === null) throw new Error('owes nothing');
  const operation = { ...one.operation, key: `key of ${id}` };
  return { ...one, id, orderId: `order of ${id}`, operation } as InitiatingPayment;
}

function held(payment: Payment): Change {
  const key = payment.operation?.key ?? '';
  const steps = [
    { type: 'operation_closed', key, outcome: 'done', detail: null },
    { type: 'authorized', paymentIntentId: `pi of ${payment.id}`, captureBefore: null },
  ] as const;
  return apply(payment, steps, payment.updatedAt);
}

describe('claims and changes that come together', () => {
  it('are one statement each, and one commit', async () => {
    const { pool, repository, sent, payments } = await claimed(MANY);
    expect(sent).toEqual(['claim_payments']);
    sent.length = 0;
    const saved = await Promise.all(payments.map((payment) => repository.save(held(payment))));
    expect(saved.map((one) => one._unsafeUnwrap())).toEqual(Array(MANY).fill('saved'));
    expect(sent).toEqual(['save_changes']);
    const { rows } = await pool.query(
      `select count(distinct xmin::text)::int as commits from payments`,
    );
    expect(rows).toEqual([{ commits: 1 }]);
    const counts = await pool.query(
      `select (select count(*) from payment_events where version = 1)::int as history,
        (select count(*) from outbox)::int as outbox,
        (select count(*) from operations where outcome = 'done')::int as journal`,
    );
    expect(counts.rows).toEqual([{ history: MANY, outbox: MANY, journal: MANY }]);
  });

  it('that somebody overtook are stale, and the others are saved', async () => {
    const { repository, payments } = await claimed(4);
    const changes = payments.map(held);
    (await repository.save(changes[1] as Change))._unsafeUnwrap();
    const saved = await Promise.all(changes.map((change) => repository.save(change)));
    expect(saved.map((one) => one._unsafeUnwrap())).toEqual(['saved', 'stale', 'saved', 'saved']);
  });

  it('of one payment are saved once', async () => {
    const { repository, payments, sent } = await claimed(1);
    sent.length = 0;
    const change = held(payments[0] as Payment);
    const saved = await Promise.all(Array.from({ length: 20 }, () => repository.save(change)));
    const told = saved.map((one) => one._unsafeUnwrap());
    expect(told.filter((one) => one === 'saved')).toHaveLength(1);
    expect(told.filter((one) => one === 'stale')).toHaveLength(19);
    // What the first one leaves no doubt of is not asked.
    expect(sent).toEqual(['save_changes']);
  });

  it('of one order or of one id are claimed once', async () => {
    const { repository } = await claimed(1);
    const sameOrder = Array.from({ length: 5 }, (_, n) => ({
      ...wanted(`q${n}`),
      orderId: 'one order',
    }));
    const orders = await Promise.all(sameOrder.map((one) => repository.claim(one)));
    const types = orders.map((one) => one._unsafeUnwrap().type);
    expect(types.toSorted()).toEqual(['claimed', 'live', 'live', 'live', 'live']);
    const sameId = ['a', 'b', 'c'].map((order) => ({ ...wanted('same'), orderId: order }));
    const ids = await Promise.all(sameId.map((one) => repository.claim(one)));
    expect(ids.map((one) => one._unsafeUnwrap().type).toSorted()).toEqual([
      'claimed',
      'id_taken',
      'id_taken',
    ]);
  });

  it('do not fail for a row that breaks a rule: only that one throws, and leaves nothing', async () => {
    const { pool, repository, payments, sent } = await claimed(MANY);
    sent.length = 0;
    const changes = payments.map((payment, n) => {
      const change = held(payment);
      if (n !== 7) return change;
      return {
        ...change,
        payment: { ...change.payment, status: 'SOMETHING' },
      } as unknown as Change;
    });
    const told = await Promise.allSettled(changes.map((change) => repository.save(change)));
    const rejected = told.flatMap((one, n) => (one.status === 'rejected' ? [n] : []));
    expect(rejected).toEqual([7]);
    const { rows } = await pool.query(
      `select count(*)::int as held from payments where status = 'AUTHORIZED'`,
    );
    expect(rows).toEqual([{ held: MANY - 1 }]);
    const events = await pool.query(`select 1 from payment_events where payment_id = 'p7'`);
    expect(events.rowCount).toBe(0);
    expect(sent).toHaveLength(1 + MANY);
  });

  it('do not wait for a row that somebody else has locked: only that one does', async () => {
    const { pool, repository, payments } = await claimed(MANY);
    const other = await pool.connect();
    await other.query('begin');
    await other.query(`select from payments where id = 'p7' for update`);
    const ended: string[] = [];
    const saves = payments.map(async (payment) => {
      const saved = await repository.save(held(payment));
      ended.push(payment.id);
      return saved._unsafeUnwrap();
    });
    const others = saves.filter((_, n) => n !== 7);
    expect(await Promise.all(others)).toEqual(Array(MANY - 1).fill('saved'));
    expect(ended).not.toContain('p7');
    await other.query('commit');
    other.release();
    expect(await saves[7]).toBe('saved');
  });
});

describe('lookups that come together', () => {
  it('are one statement, and each is told its own', async () => {
    const { repository, payments, sent } = await claimed(8);
    sent.length = 0;
    const refs = payments.map(({ orderId }) => ({ orderId }));
    const found = await Promise.all(
      [...refs, { orderId: 'nobody' }, refs[0] ?? { orderId: '' }].map((ref) =>
        repository.find(ref),
      ),
    );
    const ids = found.map((one) => one._unsafeUnwrap()?.id ?? null);
    expect(ids).toEqual([...payments.map(({ id }) => id), null, payments[0]?.id]);
    expect(sent).toEqual(['latest_payments_of_orders']);
  });
});
