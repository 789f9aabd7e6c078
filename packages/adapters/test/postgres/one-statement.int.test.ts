import { apply, type Change, type InitiatingPayment } from '@campusg-pay/core';
import { owedRefund, owedTransfer, released } from '@campusg-pay/core/testing';
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
    expect(sent).toEqual(['save_changes']);
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

  it('is one statement with its refunds, its transfer and its debts', async () => {
    const { pool, repository, payment, change, sent, rows } = await opened();
    (await repository.save(change))._unsafeUnwrap();
    const transfer = owedTransfer();
    const owing = { ...transfer, debtMinor: 7 };
    const owed = { type: 'runner_debt', debtId: 'debt', amountMinor: 7 } as const;
    const releases = apply(
      change.payment,
      [released(transfer), { type: 'refund_requested', refund: owedRefund() }],
      payment.updatedAt,
    );
    const owes = apply(releases.payment, [{ ...owed, transfer: owing }], payment.updatedAt);
    const netting = {
      type: 'transfer_changed',
      transfer: { ...owing, nettedMinor: 7 },
      nettings: [{ debtId: 'debt', amountMinor: 7 }],
    } as const;
    const nets = apply(owes.payment, [netting], payment.updatedAt);
    const undone = apply(
      nets.payment,
      [{ type: 'transfer_changed', transfer: owing }],
      payment.updatedAt,
    );
    sent.length = 0;
    for (const one of [releases, owes, nets, undone])
      expect((await repository.save(one))._unsafeUnwrap()).toBe('saved');
    expect(sent).toEqual(Array(4).fill('save_changes_with_money'));
    expect(await rows('refunds')).toMatchObject([{ position: 1, status: 'owed' }]);
    expect(await rows('transfers')).toMatchObject([{ transfer_id: transfer.transferId }]);
    expect(await rows('runner_debts')).toMatchObject([{ amount_minor: 7, left_minor: 7 }]);
    expect(await rows('debt_nettings')).toEqual([]);
    await pool.query('alter table transfers add constraint full_up check (false) not valid');
    await expect(repository.save(again(undone))).rejects.toThrow('full_up');
    expect((await repository.find({ paymentId: payment.id }))._unsafeUnwrap()).toEqual(
      undone.payment,
    );
    // What has nothing to do with it is the statement that it always was.
    sent.length = 0;
    const review = [{ type: 'review_needed', reason: 'look' }] as const;
    const flagged = apply(undone.payment, review, payment.updatedAt);
    expect((await repository.save(flagged))._unsafeUnwrap()).toBe('saved');
    expect((await repository.find({ paymentId: payment.id }))._unsafeUnwrap()).toEqual(
      flagged.payment,
    );
    expect(sent).toEqual(['save_changes', 'payments_by_id']);
  });
});

/** Another change of the transfer. */
function again({ payment }: Change): Change {
  if (payment.status !== 'RELEASED' || payment.transfer === null) throw new Error('no transfer');
  const transfer = { ...payment.transfer, tries: payment.transfer.tries + 1 };
  return apply(payment, [{ type: 'transfer_changed', transfer }], payment.updatedAt);
}
