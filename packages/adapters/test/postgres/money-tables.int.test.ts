import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../setup/database.js';
import { moneyRows } from '../setup/money-rows.js';

const { pool } = await testDatabase();
const { insert, payment, transfer, refund, debt, call } = moneyRows(pool);

const at = '2026-01-05T09:00:00Z';

const refusedBy = (constraint: string) => ({ constraint, code: expect.stringMatching(/^23/) });

describe('the database refuses', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a tip above what was taken', { tip_minor: 1001 }, 'payments_tip_within_received'],
    ['a tip below nothing', { tip_minor: -1 }, 'payments_tip_within_received'],
    ['a fee above what was taken', { fee_minor: 1001 }, 'payments_fee_within_received'],
    ['a fee below nothing', { fee_minor: -1 }, 'payments_fee_within_received'],
    ['to be due nothing', { due_minor: 0 }, 'payments_due_positive'],
    [
      'a call that a FAILED payment owes',
      { status: 'FAILED', failure: {}, operation_key: 'k' },
      'payments_failed_owes_nothing',
    ],
  ])('of a payment: %s', async (_what, facts, constraint) => {
    await expect(payment(facts)).rejects.toMatchObject(refusedBy(constraint));
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['another of the same name', { position: 2 }, 'refunds_pkey'],
    ['another in the same place', { refund_id: 'two' }, 'refunds_in_order'],
    ['the 101st', { refund_id: 'two', position: 101 }, 'refunds_at_most_100'],
    ['nothing', { refund_id: 'two', position: 2, amount_minor: 0 }, 'refunds_amount_positive'],
    ['a status nobody knows', { refund_id: 'x', position: 2, status: 'x' }, 'refunds_status_known'],
  ])('of a refund: %s', async (_what, facts, constraint) => {
    const id = await payment();
    await refund(id);
    await expect(refund(id, facts)).rejects.toMatchObject(refusedBy(constraint));
  });

  it("a refund of Stripe's that is another payment's", async () => {
    const stripeRefundId = `re_${randomUUID()}`;
    await refund(await payment(), { stripe_refund_id: stripeRefundId });
    await expect(
      refund(await payment(), { stripe_refund_id: stripeRefundId }),
    ).rejects.toMatchObject(refusedBy('refunds_stripe_refund_id_key'));
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a status nobody knows', { status: 'x' }, 'transfers_status_known'],
    ['less than nothing', { amount_minor: -1 }, 'transfers_amounts_not_negative'],
    ['less than nothing kept back', { netted_minor: -1 }, 'transfers_amounts_not_negative'],
    ['less than nothing owed', { debt_minor: -1 }, 'transfers_amounts_not_negative'],
    ['more back than there was', { reversed_minor: 501 }, 'transfers_reversed_within_amount'],
    ['sent without a name', { status: 'sent' }, 'transfers_sent_has_name'],
    ['owed with a name', { stripe_transfer_id: 'tr_1' }, 'transfers_waiting_has_no_name'],
  ])('of a transfer: %s', async (_what, facts, constraint) => {
    await expect(transfer(await payment(), facts)).rejects.toMatchObject(refusedBy(constraint));
  });

  it('a second transfer of a payment, one of its name, and one of nothing', async () => {
    const id = await payment();
    await transfer(id);
    const again = (paymentId: string, transferId: string) =>
      transfer(paymentId, { transfer_id: transferId });
    await expect(again(id, 'another')).rejects.toMatchObject(refusedBy('transfers_pkey'));
    const name = `transfer_${id}`;
    await expect(again(await payment(), name)).rejects.toMatchObject(
      refusedBy('transfers_transfer_id_key'),
    );
    await expect(again('nobody', 'x')).rejects.toMatchObject(
      refusedBy('transfers_payment_id_fkey'),
    );
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['of nothing', { amount_minor: 0, left_minor: 0 }, 'runner_debts_amount_positive'],
    ['with less than nothing left', { left_minor: -1 }, 'runner_debts_left_not_negative'],
    ['with more left than it was', { left_minor: 101 }, 'runner_debts_left_within_amount'],
    ['in no currency', { currency: 'usd' }, 'runner_debts_currency_code'],
  ])('a debt %s', async (_what, facts, constraint) => {
    await expect(debt(await payment(), facts)).rejects.toMatchObject(refusedBy(constraint));
  });

  it('to keep back for a debt twice, nothing, or by no transfer', async () => {
    const id = await payment();
    const [debtId, other] = [await debt(id), await debt(id)];
    const net = (facts: object = {}) =>
      insert('debt_nettings', {
        debt_id: debtId,
        payment_id: id,
        amount_minor: 1,
        created_at: at,
        ...facts,
      });
    await expect(net()).rejects.toMatchObject(refusedBy('debt_nettings_payment_id_fkey'));
    await transfer(id);
    await net();
    await expect(net()).rejects.toMatchObject(refusedBy('debt_nettings_pkey'));
    await expect(net({ debt_id: other, amount_minor: 0 })).rejects.toMatchObject(
      refusedBy('debt_nettings_amount_positive'),
    );
  });

  it('what is known of an account that there is not', async () => {
    const row = { runner_id: randomUUID(), created_at: at, updated_at: at };
    await expect(insert('runners', { ...row, transfers_enabled: true })).rejects.toMatchObject(
      refusedBy('runners_known_of_account'),
    );
  });

  it('a call that sends more than is left for the runner, whatever the search path', async () => {
    const share = refusedBy('operations_transfer_within_share');
    const id = await payment({ fee_minor: 100, refunded_minor: 200 });
    await expect(call(id, 'transfer', { amountMinor: 701 })).rejects.toMatchObject({
      ...share,
      code: '23514',
    });
    await expect(call(id, 'transfer', {})).rejects.toMatchObject(share);
    await call(id, 'transfer', { amountMinor: 700 });
    await call(id, 'reversal', { amountMinor: 9999 });
    // What is over is history, such as what is restored from a backup.
    await call(id, 'transfer', { amountMinor: 9999 }, true);
    const gone = await payment({ status: 'REVERTED', revert_method: 'refunded' });
    await expect(call(gone, 'transfer', { amountMinor: 1 })).rejects.toMatchObject(share);
    const client = await pool.connect();
    await client.query(`set search_path to ''`);
    const away = client.query(
      `insert into public.operations (key, payment_id, kind, params, correlation_id, attempts,
         opened_at, lease_until)
       values ($1, $2, 'transfer', '{"amountMinor": 701}', 'x', 1, now(), now())`,
      [randomUUID(), id],
    );
    await expect(away).rejects.toMatchObject(share);
    client.release(true);
  });

  it('a kind of call that nobody knows', async () => {
    const id = await payment();
    await expect(call(id, 'gift')).rejects.toMatchObject(refusedBy('operations_kind_check'));
  });
});

it('a transfer that pays nothing but debts is sent without a name', async () => {
  const id = await payment();
  await transfer(id, { status: 'sent', amount_minor: 0, netted_minor: 500 });
  const { rows } = await pool.query('select status from transfers where payment_id = $1', [id]);
  expect(rows).toEqual([{ status: 'sent' }]);
});
