import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { totalsOf } from '../../src/postgres/payments/totals.js';
import { testDatabase } from '../setup/database.js';
import { moneyRows } from '../setup/money-rows.js';

const { pool } = await testDatabase();

async function payment(
  status: string,
  {
    by = 'ann',
    to = 'bob',
    minor = 2098,
    currency = 'USD',
    refunded = null as number | null,
    dispute = null as object | null,
  } = {},
): Promise<void> {
  await pool.query(
    `insert into payments (
       id, order_id, customer_id, runner_id, amount, status, created_at, updated_at, currency,
       attempt, version, revision, payment_method_id, correlation_id, payment_intent_id,
       received_minor, revert_method, refunded_minor, dispute
     )
     values ($1, $1, $2, $3, 999, $4, now(), now(), $5, 1, 1, 1, 'pm', 'c', $1, $6,
       case when $4 = 'REVERTED' then 'refunded' end, $7, $8)`,
    [randomUUID(), by, to, status, currency, minor, refunded, dispute],
  );
}

it('what was released and kept is added up exactly, for each currency and side', async () => {
  await payment('RELEASED', { minor: 10 });
  await payment('RELEASED', { minor: 20 });
  await payment('RELEASED', { by: 'bob', to: 'ann', minor: 500 });
  await payment('RELEASED', { currency: 'JPY', minor: 700 });
  await payment('RELEASED', { currency: 'KWD', minor: 1001 });
  await payment('REVERTED', { minor: 100_000 });
  await payment('REVERTED', { minor: 100_000, refunded: 100_000 });
  await payment('AUTHORIZED', { minor: 0 });
  await payment('RELEASED', { by: 'others', to: 'others', minor: 1 });
  const of = async (user: string) => (await totalsOf({ pool }, user))._unsafeUnwrap();
  const none = { totalEarned: 0, earnedCount: 0 };
  expect(await of('ann')).toEqual([
    { currency: 'JPY', totalSpent: 700, spentCount: 1, ...none },
    { currency: 'KWD', totalSpent: 1.001, spentCount: 1, ...none },
    { currency: 'USD', totalSpent: 0.3, spentCount: 2, totalEarned: 5, earnedCount: 1 },
  ]);
  expect(await of('bob')).toMatchObject([
    { currency: 'JPY', totalEarned: 700, spentCount: 0 },
    { currency: 'KWD', totalEarned: 1.001 },
    { currency: 'USD', totalEarned: 0.3, earnedCount: 2, totalSpent: 5, spentCount: 1 },
  ]);
  expect(await of('nobody')).toEqual([]);
});

it('what is more than a number keeps exactly is told as near as it can be', async () => {
  const [by, to] = ['erin', 'fred'];
  for (let count = 0; count < 3; count += 1) {
    await payment('RELEASED', { by, to, currency: 'IDR', minor: Number.MAX_SAFE_INTEGER });
  }
  const [total] = (await totalsOf({ pool }, by))._unsafeUnwrap();
  expect(total).toMatchObject({ currency: 'IDR', totalSpent: Number('270215977642229.73') });
});

it('what was given back or lost to a bank is not kept, and what failed to go back is', async () => {
  const [by, to] = ['carol', 'dave'];
  const dispute = (status: string, amountMinor: number) => ({ dispute: { status, amountMinor } });
  await payment('RELEASED', { by, to, minor: 1000, refunded: 300 });
  await payment('RELEASED', { by, to, minor: 2000, refunded: 0, ...dispute('lost', 2000) });
  await payment('RELEASED', { by, to, minor: 4000, refunded: 0, ...dispute('lost', 1000) });
  await payment('RELEASED', { by, to, minor: 8000, refunded: 0, ...dispute('needs_response', 1) });
  // The bank has refused the refund.
  await payment('REVERTED', { by, to, minor: 16_000, refunded: 0 });
  const kept = { currency: 'USD', totalSpent: 277, spentCount: 4 };
  expect((await totalsOf({ pool }, by))._unsafeUnwrap()).toMatchObject([kept]);
  expect((await totalsOf({ pool }, to))._unsafeUnwrap()).toMatchObject([
    { totalEarned: 277, earnedCount: 4 },
  ]);
});

it('of a payment with a transfer, a runner has earned what the transfer has brought', async () => {
  const rows = moneyRows(pool);
  const [by, to] = ['gina', 'hugo'];
  const whose = { customer_id: by, runner_id: to };
  const taken = (facts: object = {}) => rows.payment({ ...whose, ...facts });
  const transfer = async (paymentId: string, facts: object) =>
    rows.transfer(paymentId, { runner_id: to, ...rows.sent(paymentId), ...facts });
  // Not yet sent.
  await rows.transfer(await taken(), { runner_id: to });
  await transfer(await taken(), { amount_minor: 900 });
  await transfer(await taken(), { amount_minor: 700, netted_minor: 200 });
  await transfer(await taken(), { amount_minor: 90, reversed_minor: 20, debt_minor: 30 });
  await transfer(await taken(), { amount_minor: 9, reversed_minor: 9, status: 'reversed' });
  // All went back to the customer, and the runner keeps theirs.
  const back = { status: 'REVERTED', revert_method: 'refunded' };
  await transfer(await taken(back), { amount_minor: 4 });
  expect((await totalsOf({ pool }, to))._unsafeUnwrap()).toMatchObject([
    { totalEarned: 18.44, earnedCount: 4, spentCount: 0 },
  ]);
  expect((await totalsOf({ pool }, by))._unsafeUnwrap()).toMatchObject([
    { totalSpent: 50, spentCount: 5, earnedCount: 0 },
  ]);
});
