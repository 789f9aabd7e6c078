import type { DiscrepancyType } from '@campusg-pay/core';
import type { SeedTransfer } from '@campusg-pay/sandbox';
import type { Seeded } from './books.js';
import { ACCOUNT } from './moved-books.js';
import type { Wanted } from './old-books.js';
import { type Bench, MARK, of, type Plant } from './plant-parts.js';

// What goes wrong with the money after it was taken.

interface Facts {
  readonly type: DiscrepancyType;
  readonly mends: boolean;
  readonly repair: string | null;
  readonly leaves?: DiscrepancyType;
}

/** A finding about a transfer at Stripe; null where Stripe has none. */
const about = (type: DiscrepancyType, { row }: Seeded, transferId: string | null) => ({
  type,
  paymentId: row.id,
  paymentIntentId: transferId,
});

function sentOf({ sent }: Seeded) {
  if (sent === null) throw new Error('its runner was not paid');
  return sent;
}

/** Changes the transfer of a payment at Stripe. */
function transferAtStripe(
  name: string,
  fate: Wanted,
  facts: Facts,
  change: (transfer: SeedTransfer) => Partial<SeedTransfer>,
): Plant {
  return {
    name,
    ...facts,
    plant: async ({ pick, sandbox }) => {
      const victim = pick(fate);
      const { transfer } = sentOf(victim);
      sandbox.seed([], { transfers: [{ ...transfer, ...change(transfer) }] });
      return [about(facts.type, victim, transfer.id)];
    },
  };
}

/** Changes what is written of the money of a payment; the finding is told with its PaymentIntent. */
function inRecords(
  name: string,
  fate: Wanted,
  facts: Facts,
  sql: string,
  values: (victim: Seeded) => readonly unknown[] = () => [],
): Plant {
  return {
    name,
    ...facts,
    plant: async ({ pick, pool }) => {
      const victim = pick(fate);
      await pool.query(sql, [victim.row.id, ...values(victim)]);
      return of(facts.type, victim);
    },
  };
}

/** Another transfer, half an hour ago. */
function anotherTransfer(
  { sandbox, now, number }: Bench,
  { row, intent }: Seeded,
  change: Partial<SeedTransfer>,
): string {
  const id = `tr_lab_extra${number()}t`;
  const transfer = {
    created: Math.floor(now.getTime() / 1000) - 1800,
    amount: 250,
    currency: 'usd',
    destination: ACCOUNT,
    metadata: {},
    source: `ch_${intent.id.slice(3)}`,
    group: row.id,
  };
  sandbox.seed([], { transfers: [{ ...transfer, ...change, id }] });
  return id;
}

const DIFFERS = { type: 'transfer_differs', mends: false, repair: MARK } as const;

const AT_STRIPE: readonly Plant[] = [
  transferAtStripe('more was sent', 'paid', DIFFERS, ({ amount }) => ({ amount: amount + 100 })),
  transferAtStripe('sent in another currency', 'paid', DIFFERS, () => ({ currency: 'eur' })),
  transferAtStripe('sent to another account', 'paid', DIFFERS, () => ({ destination: 'acct_x' })),
  transferAtStripe('nothing came back', 'shared', DIFFERS, () => ({ reversed: 0 })),
  transferAtStripe(
    'reversed in the dashboard',
    'paid',
    // What came back belongs to nobody but the platform then, which is more than its fee.
    { type: 'transfer_differs', mends: true, repair: 'report', leaves: 'fee_differs' },
    () => ({ reversed: 300 }),
  ),
  {
    name: 'a second transfer of a payment',
    mends: false,
    repair: MARK,
    plant: async (bench) => {
      const victim = bench.pick('paid');
      const { metadata } = sentOf(victim).transfer;
      return [about('transfer_second', victim, anotherTransfer(bench, victim, { metadata }))];
    },
  },
  {
    name: 'a transfer by hand for a payment that sent none',
    mends: false,
    repair: MARK,
    plant: async (bench) => {
      const victim = bench.pick('captured');
      return [about('transfer_unknown', victim, anotherTransfer(bench, victim, {}))];
    },
  },
  {
    name: 'a transfer of a payment that no record has',
    mends: false,
    repair: null,
    plant: async (bench) => {
      const victim = bench.pick('paid');
      const metadata = { ...sentOf(victim).transfer.metadata, payment_id: 'lab-lost' };
      const id = anotherTransfer(bench, victim, { metadata, group: 'lab-lost', source: null });
      return [{ type: 'transfer_unknown', paymentId: null, paymentIntentId: id }];
    },
  },
  {
    name: 'what others have sent, and what came back of it',
    mends: true,
    repair: null,
    plant: async (bench) => {
      const victim = bench.pick('paid');
      const { metadata } = sentOf(victim).transfer;
      anotherTransfer(bench, victim, { metadata: { ...metadata, installation: 'inst_elsewhere' } });
      anotherTransfer(bench, victim, { source: null, group: null });
      anotherTransfer(bench, victim, { metadata, reversed: 250 });
      return [];
    },
  },
];

const INSERT_TRANSFER = `
  insert into transfers (
    payment_id, transfer_id, status, runner_id, stripe_account, amount_minor, netted_minor,
    reversed_minor, debt_minor, stripe_transfer_id, charge_id, reason, tries, next_try_at, created_at,
    updated_at
  )
  select id, 'share-' || id, $2, 'runner-1', $3, received_minor, 0, 0, 0, $4, $5, null, 0, null,
    now() - interval '2 days', now()
  from payments where id = $1`;

/** All of what was taken is the runner's, and stands so. */
const share =
  (status: string, stripeAccount: string | null = ACCOUNT) =>
  ({ intent, row }: Seeded) => [
    status,
    stripeAccount,
    status === 'sent' ? `tr_none_${row.id}` : null,
    `ch_${intent.id.slice(3)}`,
  ];

const WAITS = { type: 'transfer_waiting', mends: false, repair: null } as const;
const SENDS = { type: 'transfer_waiting', mends: true, repair: 'send_transfer' } as const;

const WAITING: readonly Plant[] = [
  inRecords('owed, and nobody sends it', 'captured', SENDS, INSERT_TRANSFER, share('owed')),
  inRecords('no funds for days', 'captured', SENDS, INSERT_TRANSFER, share('waiting_funds')),
  inRecords(
    'an account that can by now',
    'captured',
    SENDS,
    INSERT_TRANSFER,
    share('waiting_account'),
  ),
  inRecords(
    'no account for days',
    'captured',
    WAITS,
    INSERT_TRANSFER,
    share('waiting_account', null),
  ),
  inRecords('paused for days', 'captured', WAITS, INSERT_TRANSFER, share('paused')),
  inRecords('a transfer under review', 'captured', WAITS, INSERT_TRANSFER, share('needs_review')),
];

const OWED_CALL = `
  with owed as (
    insert into operations (key, payment_id, kind, params, correlation_id, attempts, opened_at, lease_until)
    values ('key-' || $1, $1, $2, $3, 'lab', 3, now() - interval '2 hours', now() - interval '1 hour')
  )
  update payments set operation_key = 'key-' || $1 where id = $1`;

const STUCK = { mends: true, repair: 'resume_operation' } as const;

const IN_RECORDS: readonly Plant[] = [
  {
    name: 'a transfer that nobody finished',
    ...STUCK,
    plant: async ({ pick, pool }) => {
      const victim = pick('captured');
      const { id, received_minor: amountMinor } = victim.row;
      await pool.query(INSERT_TRANSFER, [id, ...share('owed')(victim)]);
      const chargeId = `ch_${victim.intent.id.slice(3)}`;
      const params = { transferId: `share-${id}`, stripeAccount: ACCOUNT, amountMinor, chargeId };
      await pool.query(OWED_CALL, [id, 'transfer', params]);
      return of('operation_stuck', victim);
    },
  },
  {
    name: 'a reversal that nobody finished',
    ...STUCK,
    plant: async (bench) => {
      const victim = bench.pick('shared');
      const { transferId, stripeTransferId, amountMinor } = await notTakenBack(bench, victim);
      const params = { transferId, stripeTransferId, amountMinor };
      await bench.pool.query(OWED_CALL, [victim.row.id, 'reversal', params]);
      return of('operation_stuck', victim);
    },
  },
  {
    name: 'a share that nobody took back',
    mends: true,
    repair: 'report',
    plant: async (bench) => {
      const victim = bench.pick('shared');
      await notTakenBack(bench, victim);
      return of('clawback_missing', victim);
    },
  },
  {
    name: 'a runner who got less than their share',
    mends: false,
    repair: MARK,
    plant: async ({ pick, pool, sandbox }) => {
      const victim = pick('paid');
      const { transfer } = sentOf(victim);
      sandbox.seed([], { transfers: [{ ...transfer, amount: transfer.amount - 150 }] });
      const sql = 'update transfers set amount_minor = amount_minor - 150 where payment_id = $1';
      await pool.query(sql, [victim.row.id]);
      return of('fee_differs', victim);
    },
  },
  {
    name: 'sent, and the record has not heard',
    mends: true,
    repair: 'report',
    plant: async ({ pick, pool }) => {
      const victim = pick('paid');
      const sql = `
        update transfers set status = 'owed', stripe_transfer_id = null where payment_id = $1`;
      await pool.query(sql, [victim.row.id]);
      const { id } = sentOf(victim).transfer;
      return [about('transfer_differs', victim, id), ...of('transfer_waiting', victim)];
    },
  },
  {
    name: 'sent by the record, and unknown to Stripe',
    mends: false,
    repair: MARK,
    plant: async ({ pick, pool }) => {
      const victim = pick('captured');
      await pool.query(INSERT_TRANSFER, [victim.row.id, ...share('sent')(victim)]);
      return [about('transfer_missing', victim, null)];
    },
  },
  {
    name: 'a record that names another transfer than its own',
    mends: false,
    repair: MARK,
    plant: async ({ pick, pool }) => {
      const victim = pick('paid');
      const wrong = `tr_wrong_${victim.row.id}`;
      const sql = 'update transfers set stripe_transfer_id = $2 where payment_id = $1';
      await pool.query(sql, [victim.row.id, wrong]);
      const { id } = sentOf(victim).transfer;
      return [about('transfer_missing', victim, null), about('transfer_second', victim, id)];
    },
  },
  inRecords(
    'more sent and kept than was taken',
    'paid',
    { type: 'invariant_broken', mends: false, repair: MARK },
    'update payments set fee_minor = fee_minor + 500 where id = $1',
  ),
  inRecords(
    'a runner who owes',
    'captured',
    { type: 'debt_open', mends: false, repair: null },
    `insert into runner_debts (debt_id, runner_id, currency, payment_id, amount_minor, left_minor, created_at)
     values ('debt-' || $1, 'runner-2', 'USD', $1, 500, 120, now() - interval '40 days')`,
  ),
  inRecords(
    'a refund that nobody has begun',
    'captured',
    { type: 'refund_waiting', mends: true, repair: 'report' },
    `insert into refunds (payment_id, refund_id, position, amount_minor, is_rest, status, created_at, correlation_id)
     values ($1, 'soup', 1, 333, false, 'owed', now() - interval '1 hour', 'lab')`,
  ),
  inRecords(
    'a refund that is another one at Stripe',
    'shared',
    { type: 'refund_differs', mends: false, repair: MARK },
    `update refunds set stripe_refund_id = 're_wrong_' || $1 where payment_id = $1`,
  ),
];

/** Neither side has taken back the runner's share of what the customer got. */
async function notTakenBack({ pool, sandbox }: Bench, victim: Seeded) {
  const { transfer, row } = sentOf(victim);
  sandbox.seed([], { transfers: [{ ...transfer, reversed: 0 }] });
  const sql = 'update transfers set reversed_minor = 0 where payment_id = $1';
  await pool.query(sql, [victim.row.id]);
  const { transfer_id: transferId, reversed_minor: amountMinor } = row;
  return { transferId, stripeTransferId: transfer.id, amountMinor };
}

/** What happens now to payments from long before the period. */
const OLD: readonly Plant[] = [
  {
    name: 'an old payment that was refunded in part in the dashboard',
    mends: false,
    repair: 'report',
    plant: async ({ pick, sandbox, now, number }) => {
      const victim = pick('old paid');
      const { id } = victim.intent;
      const created = Math.floor(now.getTime() / 1000) - 1800;
      const back = { id: `re_old${number()}r`, created, amount: 300, metadata: {} };
      sandbox.seed([{ ...victim.intent, refunded: 300 }], {
        refunds: [{ ...back, paymentIntent: id }],
      });
      return of('refund_differs', victim);
    },
  },
  {
    name: 'an old transfer that was reversed in the dashboard',
    mends: true,
    repair: 'report',
    // Found with its event, which nobody has published yet.
    leaves: 'fee_differs',
    plant: async ({ pick, sandbox }) => {
      const victim = pick('old paid');
      const { id } = sentOf(victim).transfer;
      await fetch(`${sandbox.url}/v1/transfers/${id}/reversals`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk_test_lab' },
        body: new URLSearchParams({ amount: '300' }),
      });
      return [about('transfer_differs', victim, id)];
    },
  },
  {
    name: 'a refund of an old payment that a bank sends back',
    mends: true,
    repair: 'report',
    // The runner gave back their share of what the customer did not get.
    leaves: 'fee_differs',
    plant: async ({ pick, sandbox }) => {
      const victim = pick('old shared');
      const { id } = victim.back?.refund ?? { id: '' };
      sandbox.refunds.end(id, { status: 'failed' });
      return of('refund_differs', victim);
    },
  },
];

export const MONEY_PLANTS: readonly Plant[] = [...AT_STRIPE, ...WAITING, ...IN_RECORDS, ...OLD];
