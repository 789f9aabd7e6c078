import type { DiscrepancyType } from '@campusg-pay/core';
import { INSTALLATION } from '@campusg-pay/core/testing';
import type { SeedIntent } from '@campusg-pay/sandbox';
import { type Fate, seeded } from './books.js';
import { MONEY_PLANTS } from './money-plants.js';
import { type Bench, MARK, of, type Plant } from './plant-parts.js';
import { insertPayments } from './seed.js';

/** Changes the PaymentIntent of a payment, as the dashboard or a bug at Stripe would. */
function atStripe(
  name: string,
  wanted: {
    readonly type: DiscrepancyType;
    readonly fate: Fate;
    readonly mends: boolean;
    readonly repair: string | null;
  },
  change: (intent: SeedIntent) => Partial<SeedIntent>,
): Plant {
  const { type, fate, mends, repair } = wanted;
  return {
    name,
    mends,
    repair,
    plant: async ({ pick, sandbox }) => {
      const victim = pick(fate);
      sandbox.seed([{ ...victim.intent, ...change(victim.intent) }]);
      return of(type, victim);
    },
  };
}

/** Changes what is written of a payment, as a hand in the database would. */
function inRecords(
  name: string,
  wanted: {
    readonly type: DiscrepancyType;
    readonly fate: Fate;
    readonly mends: boolean;
    readonly repair: string | null;
  },
  sql: string,
  values: (bench: Bench) => readonly unknown[] = () => [],
): Plant {
  const { type, fate, mends, repair } = wanted;
  return {
    name,
    mends,
    repair,
    plant: async (bench) => {
      const victim = bench.pick(fate);
      await bench.pool.query(sql, [victim.row.id, ...values(bench)]);
      return of(type, victim);
    },
  };
}

/** Makes another PaymentIntent, half an hour ago. */
function another(bench: Bench, like: SeedIntent, change: Partial<SeedIntent>): SeedIntent {
  const id = `pi_lab_extra${bench.number()}`;
  const created = Math.floor(bench.now.getTime() / 1000) - 1800;
  const intent = { ...like, ...change, id, created };
  bench.sandbox.seed([intent]);
  return intent;
}

const LOST = {
  payment_id: 'lab-lost',
  order_id: 'order-lost',
  attempt: '1',
  installation: INSTALLATION.id,
};
const held = { status: 'requires_capture', received: 0, refunded: 0 } as const;

const AT_STRIPE: readonly Plant[] = [
  atStripe(
    'a declined payment whose hold is alive',
    { type: 'intent_stray', fate: 'declined', mends: true, repair: 'cancel_stray' },
    ({ created }) => ({ ...held, captureBefore: created + 60 * 86_400 }),
  ),
  atStripe(
    'a voided payment whose hold is alive',
    { type: 'intent_stray', fate: 'voided', mends: true, repair: 'cancel_stray' },
    ({ created }) => ({ ...held, captureBefore: created + 60 * 86_400 }),
  ),
  atStripe(
    'another amount',
    { type: 'amount_differs', fate: 'held', mends: false, repair: MARK },
    ({ amount }) => ({ amount: amount + 100 }),
  ),
  atStripe(
    'another amount received',
    { type: 'amount_differs', fate: 'captured', mends: false, repair: MARK },
    ({ amount }) => ({ received: amount - 100 }),
  ),
  atStripe(
    'another currency',
    { type: 'currency_differs', fate: 'held', mends: false, repair: MARK },
    () => ({ currency: 'eur' }),
  ),
  atStripe(
    'another customer',
    { type: 'customer_differs', fate: 'held', mends: false, repair: MARK },
    () => ({ customer: 'cus_stranger' }),
  ),
  atStripe(
    'captured in the dashboard',
    { type: 'status_differs', fate: 'held', mends: true, repair: 'report' },
    ({ amount }) => ({ status: 'succeeded', received: amount }),
  ),
  atStripe(
    'canceled in the dashboard',
    { type: 'status_differs', fate: 'held', mends: true, repair: 'report' },
    () => ({ status: 'canceled', cancellationReason: 'duplicate' }),
  ),
  atStripe(
    'authenticated, and nobody heard',
    { type: 'status_differs', fate: 'asked', mends: true, repair: 'report' },
    ({ created }) => ({ ...held, captureBefore: created + 60 * 86_400 }),
  ),
  atStripe(
    'declined, and nobody heard',
    { type: 'status_differs', fate: 'asked', mends: true, repair: 'report' },
    () => ({ status: 'requires_payment_method' }),
  ),
  atStripe(
    'released here, canceled there',
    { type: 'status_differs', fate: 'captured', mends: false, repair: 'report' },
    () => ({ status: 'canceled', received: 0 }),
  ),
  atStripe(
    'released here, still held there',
    { type: 'status_differs', fate: 'captured', mends: false, repair: MARK },
    ({ created }) => ({ ...held, captureBefore: created + 60 * 86_400 }),
  ),
  atStripe(
    'declined here, captured there',
    { type: 'status_differs', fate: 'declined', mends: false, repair: 'report' },
    ({ amount }) => ({ status: 'succeeded', received: amount }),
  ),
  atStripe(
    'refunded in the dashboard',
    { type: 'refund_differs', fate: 'captured', mends: true, repair: 'report' },
    ({ amount }) => ({ refunded: amount }),
  ),
  atStripe(
    'refunded in part in the dashboard',
    { type: 'refund_differs', fate: 'captured', mends: false, repair: 'report' },
    () => ({ refunded: 300 }),
  ),
  atStripe(
    'a refund that failed at the bank',
    { type: 'refund_differs', fate: 'refunded', mends: false, repair: MARK },
    () => ({ refunded: 0 }),
  ),
  atStripe(
    'a hold that lapsed',
    { type: 'hold_expired', fate: 'held', mends: true, repair: 'report' },
    () => ({ status: 'canceled', cancellationReason: 'expired' }),
  ),
  atStripe(
    'more given back than was taken',
    { type: 'invariant_broken', fate: 'captured', mends: false, repair: MARK },
    ({ amount }) => ({ refunded: amount + 1 }),
  ),
];

const DISPUTED: Plant = {
  name: 'disputed, and nobody was told',
  // The record hears of it; a person must answer the bank.
  mends: false,
  repair: 'report',
  plant: async ({ pick, sandbox }) => {
    const victim = pick('captured');
    sandbox.disputes.open({ payment_intent: victim.intent.id });
    return of('disputed', victim);
  },
};

const OWES = `
  with owed as (
    insert into operations (key, payment_id, kind, params, correlation_id, attempts, opened_at, lease_until)
    values ('key-' || $1, $1, $2, $3, 'lab', 3, now() - interval '2 hours', now() - interval '1 hour')
  )
  update payments set operation_key = 'key-' || $1 where id = $1`;

const REVERT = '{"purpose": "revert", "reason": null}';

const IN_RECORDS: readonly Plant[] = [
  inRecords(
    'a hold past its end that Stripe still shows',
    { type: 'hold_expired', fate: 'held', mends: false, repair: null },
    `update payments set capture_before = now() - interval '1 hour' where id = $1`,
  ),
  inRecords(
    'a hold that lapses within hours',
    { type: 'hold_expiring', fate: 'held', mends: false, repair: null },
    `update payments set capture_before = now() + interval '3 hours' where id = $1`,
  ),
  inRecords(
    'a void that nobody finished',
    { type: 'operation_stuck', fate: 'held', mends: true, repair: 'resume_operation' },
    OWES,
    () => ['void', REVERT],
  ),
  inRecords(
    'a refund that nobody finished',
    { type: 'operation_stuck', fate: 'captured', mends: true, repair: 'resume_operation' },
    OWES,
    () => ['refund', '{"reason": null}'],
  ),
  inRecords(
    'a capture that nobody finished',
    { type: 'operation_stuck', fate: 'held', mends: false, repair: null },
    OWES,
    () => ['capture', '{"runnerId": "runner-1"}'],
  ),
  inRecords(
    'an event that nobody published',
    { type: 'unpublished_event', fate: 'captured', mends: false, repair: null },
    `insert into outbox (payment_id, order_id, version, announcement, created_at)
     select id, order_id, version, '{}', now() - interval '1 hour' from payments where id = $1`,
  ),
  inRecords(
    'a gap in the history',
    { type: 'invariant_broken', fate: 'captured', mends: false, repair: MARK },
    'delete from payment_events where payment_id = $1 and version = 1',
  ),
  inRecords(
    'a status without a history',
    { type: 'invariant_broken', fate: 'held', mends: false, repair: MARK },
    `update payments set status = 'RELEASED', received_minor = (amount * 100)::bigint where id = $1`,
  ),
  inRecords(
    'waiting for nothing',
    { type: 'invariant_broken', fate: 'asked', mends: false, repair: MARK },
    `with gone as (delete from payment_events where payment_id = $1)
     update payments set payment_intent_id = null, version = 0, requires_action = false where id = $1`,
  ),
];

const OTHERS: readonly Plant[] = [
  {
    name: 'a hold of a payment that failed unheard',
    mends: true,
    repair: 'cancel_stray',
    plant: async (bench) => {
      const victim = bench.pick('declined');
      const captureBefore = victim.intent.created + 60 * 86_400;
      bench.sandbox.seed([{ ...victim.intent, ...held, captureBefore }]);
      await bench.pool.query('update payments set payment_intent_id = null where id = $1', [
        victim.row.id,
      ]);
      return of('intent_stray', victim);
    },
  },
  {
    name: 'a second hold of a payment',
    mends: true,
    repair: 'cancel_stray',
    plant: async (bench) => {
      const victim = bench.pick('held');
      const { id } = another(bench, victim.intent, {});
      return [{ type: 'duplicate_hold', paymentId: victim.row.id, paymentIntentId: id }];
    },
  },
  {
    name: 'a second PaymentIntent that was captured',
    mends: false,
    repair: MARK,
    plant: async (bench) => {
      const victim = bench.pick('captured');
      const { id } = another(bench, victim.intent, {});
      return [{ type: 'duplicate_hold', paymentId: victim.row.id, paymentIntentId: id }];
    },
  },
  {
    name: 'a hold of a lost payment whose order has another',
    mends: true,
    repair: 'cancel_stray',
    plant: async (bench) => {
      const victim = bench.pick('held');
      const metadata = { ...victim.intent.metadata, payment_id: 'lab-lost' };
      const { id } = another(bench, victim.intent, { metadata });
      return [{ type: 'duplicate_hold', paymentId: victim.row.id, paymentIntentId: id }];
    },
  },
  {
    // Nobody's finding, though it names a payment or an order of ours on the very same terms.
    name: 'what another installation holds',
    mends: true,
    repair: null,
    plant: async (bench) => {
      const victims = [bench.pick('held'), bench.pick('voided'), bench.pick('declined')];
      for (const { intent } of victims) {
        const hold = { ...held, captureBefore: intent.created + 60 * 86_400 };
        const theirs = { ...intent.metadata, installation: 'inst_elsewhere' };
        another(bench, intent, { ...hold, metadata: theirs });
        another(bench, intent, { ...hold, metadata: { ...theirs, payment_id: 'lab-theirs' } });
        const { installation: _, ...nameless } = theirs;
        another(bench, intent, { ...hold, metadata: nameless });
      }
      return [];
    },
  },
  {
    name: 'a second hold on other terms',
    mends: false,
    repair: MARK,
    plant: async (bench) => {
      const victim = bench.pick('held');
      const { id } = another(bench, victim.intent, { amount: victim.intent.amount + 1 });
      return [{ type: 'duplicate_hold', paymentId: victim.row.id, paymentIntentId: id }];
    },
  },
  {
    name: 'a hold that no record knows',
    mends: false,
    repair: null,
    plant: async (bench) => {
      const { id } = another(bench, bench.pick('held').intent, { metadata: LOST });
      return [{ type: 'intent_unknown', paymentId: null, paymentIntentId: id }];
    },
  },
  {
    name: 'a capture that no record knows',
    mends: false,
    repair: null,
    plant: async (bench) => {
      const { id } = another(bench, bench.pick('captured').intent, { metadata: LOST });
      return [{ type: 'intent_unknown', paymentId: null, paymentIntentId: id }];
    },
  },
  {
    name: 'a hold without a word, for a customer of ours',
    mends: false,
    repair: null,
    plant: async (bench) => {
      const { pool, number } = bench;
      const customer = `cus_silent${number()}`;
      await pool.query(
        `insert into customers (customer_id, stripe_customer_id, request_key, requested_at)
         values ($1, $1, $1, now())`,
        [customer],
      );
      const { id } = another(bench, bench.pick('held').intent, { metadata: {}, customer });
      return [{ type: 'intent_unknown', paymentId: null, paymentIntentId: id }];
    },
  },
  {
    name: 'a hold without a word that a record waits for',
    mends: true,
    repair: 'adopt',
    plant: async (bench) => {
      const createdS = Math.floor(bench.now.getTime() / 1000) - 1800 - 5;
      const made = seeded({ index: `guess${bench.number()}`, fate: 'asked', createdS });
      const row = { ...made.row, payment_intent_id: null, requires_action: false, version: 0 };
      await insertPayments(bench.pool, [{ ...made, row, events: [] }]);
      await bench.pool.query(
        `with owed as (
           insert into operations (
             key, payment_id, kind, params, correlation_id, attempts, opened_at, lease_until
           )
           values ('key-' || $1, $1, 'authorize', '{}', 'lab', 1, now() - interval '5 minutes',
             now() - interval '4 minutes')
         )
         update payments set operation_key = 'key-' || $1,
           stripe_customer_id = 'cus_' || $1 where id = $1`,
        [row.id],
      );
      const hold = {
        ...held,
        metadata: {},
        customer: `cus_${row.id}`,
        captureBefore: createdS + 604_800,
      };
      const { id } = another(bench, made.intent, hold);
      return [{ type: 'intent_unknown', paymentId: row.id, paymentIntentId: id }];
    },
  },
  {
    name: 'a hold that was asked for and never made',
    mends: false,
    repair: null,
    plant: async (bench) => {
      const createdS = Math.floor(bench.now.getTime() / 1000) - 7200;
      const made = seeded({ index: `never${bench.number()}`, fate: 'asked', createdS });
      const row = { ...made.row, payment_intent_id: null, requires_action: false, version: 0 };
      await insertPayments(bench.pool, [{ ...made, row, events: [] }]);
      await bench.pool.query(OWES, [row.id, 'authorize', '{}']);
      return [{ type: 'operation_stuck', paymentId: row.id, paymentIntentId: null }];
    },
  },
  {
    name: 'a record whose PaymentIntent Stripe does not know',
    mends: false,
    repair: MARK,
    plant: async (bench) => {
      const createdS = Math.floor(bench.now.getTime() / 1000) - 86_400;
      const made = seeded({ index: `missing${bench.number()}`, fate: 'held', createdS });
      await insertPayments(bench.pool, [made]);
      return [{ type: 'intent_missing', paymentId: made.row.id, paymentIntentId: null }];
    },
  },
  {
    name: 'a record that names another PaymentIntent than its own',
    mends: false,
    repair: MARK,
    plant: async (bench) => {
      const { row, intent } = bench.pick('held');
      const wrong = `pi_wrong_${row.id}`;
      await bench.pool.query('update payments set payment_intent_id = $2 where id = $1', [
        row.id,
        wrong,
      ]);
      return [
        { type: 'intent_missing', paymentId: row.id, paymentIntentId: null },
        { type: 'intent_unknown', paymentId: row.id, paymentIntentId: intent.id },
      ];
    },
  },
  {
    name: 'two live payments of an order',
    mends: false,
    repair: MARK,
    plant: async (bench) => {
      const [one, two] = [bench.pick('captured'), bench.pick('captured')];
      await bench.pool.query('drop index if exists payments_one_live_per_order');
      await bench.pool.query('update payments set order_id = $2, attempt = 2 where id = $1', [
        two.row.id,
        one.row.order_id,
      ]);
      return [...of('invariant_broken', one), ...of('invariant_broken', two)];
    },
  },
  {
    name: 'released in part, and nobody was told',
    mends: true,
    repair: MARK,
    plant: async (bench) => {
      const { row, intent } = bench.pick('captured');
      const received = intent.amount - 1;
      bench.sandbox.seed([{ ...intent, received }]);
      const sql = 'update payments set received_minor = $2 where id = $1';
      await bench.pool.query(sql, [row.id, received]);
      return [{ type: 'invariant_broken', paymentId: row.id, paymentIntentId: intent.id }];
    },
  },
  {
    name: 'a row that stands for no payment',
    mends: false,
    repair: null,
    plant: async (bench) => {
      const { row } = bench.pick('captured');
      await bench.pool.query(OWES, [row.id, 'capture', '{"runnerId": "runner-1"}']);
      return [{ type: 'invariant_broken', paymentId: null, paymentIntentId: null }];
    },
  },
];

/** Every kind of drift there is, most of them in several ways. */
export const PLANTS: readonly Plant[] = [
  ...AT_STRIPE,
  DISPUTED,
  ...IN_RECORDS,
  ...OTHERS,
  ...MONEY_PLANTS,
];
