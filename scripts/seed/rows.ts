import { FEE, HOLD_S, PART, TIP } from './book.js';

/** A table that is seeded, and where its rows come from: `book` has a row for each payment. */
export interface SeededTable {
  readonly table: string;
  readonly insert: string;
}

const CAPTURE_BEFORE = `at + interval '${HOLD_S} seconds'`;
const DECLINED = `'{"code": "card_declined", "declineCode": "generic_decline", "message": "Your card was declined."}'::jsonb`;

/** The runner's share as it is written into events. */
const shareSql = (status: string, reversed: string) => `jsonb_build_object(
  'tries', 0, 'reason', null, 'status', ${status}, 'chargeId', charge, 'runnerId', runner,
  'debtMinor', 0, 'nextTryAt', null, 'transferId', share, 'amountMinor', sent, 'nettedMinor', 0,
  'reversedMinor', ${reversed}, 'stripeAccount', account, 'stripeTransferId', tr)`;

const FEE_MINOR = `case when is_sent then ${FEE} else 0 end`;
const TIP_MINOR = `case fate when 'shared' then ${TIP} else 0 end`;

const PAYMENTS = `
  insert into payments (
    id, payment_intent_id, order_id, customer_id, runner_id, amount, status, description, created_at,
    updated_at, currency, attempt, version, revision, stripe_customer_id, payment_method_id,
    correlation_id, requires_action, capture_before, received_minor, due_minor, tip_minor, fee_minor,
    refunded_minor, revert_method, failure
  )
  select id, intent, order_id, customer, case when is_taken then runner end, amount::numeric / 100,
    case fate when 'asked' then 'INITIATING' when 'declined' then 'FAILED' when 'held' then 'AUTHORIZED'
      when 'voided' then 'REVERTED' when 'returned' then 'REVERTED' else 'RELEASED' end,
    'Order ' || order_id || ' - CampusG Escrow', at, at + interval '20 minutes', 'USD', 1,
    case fate when 'asked' then 1 when 'declined' then 1 when 'held' then 1 when 'paid' then 3
      when 'shared' then 5 when 'returned' then 5 else 2 end,
    3, cus, 'pm_card_visa', command, fate = 'asked',
    case when fate not in ('asked', 'declined') then ${CAPTURE_BEFORE} end,
    case when is_taken then received else 0 end, case when is_taken then received end,
    ${TIP_MINOR}, ${FEE_MINOR}, case fate when 'shared' then ${PART} end,
    case fate when 'voided' then 'voided' when 'returned' then 'refunded' end,
    case fate when 'declined' then ${DECLINED} end
  from book`;

/** Each call was made once and is over. */
const OPERATIONS = `
  insert into operations (
    key, payment_id, kind, params, correlation_id, attempts, opened_at, lease_until, closed_at, outcome
  )
  select md5(kind || n)::uuid::text, id, kind, params, command, 1, at + later,
    at + later + interval '65 seconds', at + later + interval '300 milliseconds', outcome
  from book cross join lateral (
    select 'authorize', interval '0', jsonb_build_object(
        'returnUrl', null, 'transferGroup', id, 'savePaymentMethod', false),
      case fate when 'declined' then 'refused' else 'done' end
    union all
    select 'capture', interval '15 minutes', jsonb_build_object('runnerId', runner, 'terms',
      jsonb_build_object('dueMinor', received, 'tipMinor', ${TIP_MINOR}, 'feeMinor', ${FEE_MINOR},
        'transfer', case when is_sent then jsonb_build_object('key', share || ':transfer',
          'waits', false, 'transferId', share, 'amountMinor', sent, 'stripeAccount', account) end)),
      'done'
    where is_taken
    union all
    select 'void', interval '15 minutes', '{"purpose": "revert", "reason": null}'::jsonb, 'done'
    where fate = 'voided'
    union all
    select 'refund', interval '19 minutes', jsonb_strip_nulls(jsonb_build_object('reason', 'late',
      'refundId', 'part', 'amountMinor', case fate when 'shared' then ${PART} end)), 'done'
    where given_back is not null
    union all
    select 'reversal', interval '20 minutes', jsonb_build_object('transferId', share,
      'stripeTransferId', tr, 'amountMinor', reversed), 'done'
    where given_back is not null
  ) called (kind, later, params, outcome)`;

const EVENTS = `
  insert into payment_events (payment_id, version, type, data, correlation_id, at, answers)
  select id, version, data ->> 'type', data, command, at + later, answers
  from book cross join lateral (
    select 1, interval '1 second', 'authorize', case fate
      when 'asked' then jsonb_build_object('type', 'requires_action', 'paymentIntentId', intent)
      when 'declined' then jsonb_build_object('type', 'failed', 'failure', ${DECLINED})
      else jsonb_build_object('type', 'authorized', 'paymentIntentId', intent,
        'captureBefore', ${CAPTURE_BEFORE}) end
    union all
    select 2, interval '15 minutes', 'release', jsonb_build_object('type', 'released',
      'runnerId', runner, 'receivedMinor', received, 'terms', jsonb_build_object(
        'dueMinor', received, 'tipMinor', ${TIP_MINOR}, 'feeMinor', ${FEE_MINOR},
        'transfer', case when is_sent then ${shareSql("'sent'", '0')} end))
    where is_taken
    union all
    select 2, interval '15 minutes', 'revert',
      '{"type": "reverted", "revertMethod": "voided", "reason": null}'::jsonb
    where fate = 'voided'
    union all
    select 3, interval '15 minutes', null, jsonb_build_object('type', 'transfer_sent',
      'nettings', '[]'::jsonb, 'transfer', ${shareSql("'sent'", '0')})
    where is_sent
    union all
    select 4, interval '19 minutes', 'revert', case fate
      when 'shared' then jsonb_build_object('type', 'refunded', 'name', 'part', 'amountMinor', ${PART},
        'refundedMinor', ${PART}, 'stripeRefundId', refund)
      else jsonb_build_object('type', 'reverted', 'revertMethod', 'refunded', 'reason', 'late') end
    where given_back is not null
    union all
    select 5, interval '20 minutes', null, jsonb_build_object('type', 'transfer_reversed',
      'amountMinor', reversed, 'transfer',
      ${shareSql("case fate when 'returned' then 'reversed' else 'sent' end", 'reversed')})
    where given_back is not null
  ) happened (version, later, answers, data)`;

const REFUNDS = `
  insert into refunds (
    payment_id, refund_id, position, amount_minor, is_rest, status, reason, stripe_refund_id,
    created_at, correlation_id
  )
  select id, 'part', 1, given_back, fate = 'returned', 'succeeded', 'late', refund,
    at + interval '19 minutes', command
  from book where given_back is not null`;

const TRANSFERS = `
  insert into transfers (
    payment_id, transfer_id, status, runner_id, stripe_account, amount_minor, netted_minor,
    reversed_minor, debt_minor, stripe_transfer_id, charge_id, tries, created_at, updated_at
  )
  select id, share, case fate when 'returned' then 'reversed' else 'sent' end, runner, account, sent, 0,
    reversed, 0, tr, charge, 0, at + interval '15 minutes', at + interval '20 minutes'
  from book where is_sent`;

/** Webhooks that were taken in; most of what Stripe sends of a hold is answered by then, and only seen. */
const WEBHOOKS = `
  insert into stripe_events (id, type, payment_id, received_at)
  select 'evt_3Seed' || lpad(n::text, 10, '0') || which, type, id, at + later
  from book cross join lateral (
    select 'a', interval '2 seconds', case fate when 'asked' then 'payment_intent.requires_action'
      when 'declined' then 'payment_intent.payment_failed'
      else 'payment_intent.amount_capturable_updated' end
    where n % 4 = 0
    union all
    select 'b', interval '15 minutes 2 seconds', 'payment_intent.succeeded' where is_taken
    union all
    select 'b', interval '15 minutes 2 seconds', 'payment_intent.canceled' where fate = 'voided'
    union all
    select 'c', interval '19 minutes 2 seconds', 'charge.refunded' where given_back is not null
  ) told (which, later, type)`;

/** One in ten comes over Kafka; what was answered is kept for 90 days. */
const COMMANDS = `
  insert into commands (
    correlation_id, type, fingerprint, command, order_id, payment_id, state, due_at, answer,
    received_at, answered_at
  )
  select command, type, md5(type || n), jsonb_build_object('type', type, 'orderId', order_id),
    order_id, id, 'answered', at + later, 'event', at + later, at + later + interval '1 second'
  from book cross join lateral (
    select 'authorize_payment', interval '0'
    union all
    select 'release_payment', interval '15 minutes' where is_taken
  ) asked (type, later)
  where n % 10 = 3 and at > now() - interval '90 days'`;

/** What the others sent in the last day came under a key. */
const KEYS = `
  insert into idempotency_keys (caller, key, fingerprint, status, body, created_at, meaning, answer)
  select 'seed', command, md5(command), 200, body, at, md5(command), body::text
  from book cross join lateral (
    select jsonb_build_object('success', true, 'paymentId', id, 'paymentIntentId', intent)
  ) told (body)
  where n % 10 <> 3 and at > now() - interval '1 day'`;

/** Read for each part of the book. */
export const TABLES: readonly SeededTable[] = [
  { table: 'payments', insert: PAYMENTS },
  { table: 'operations', insert: OPERATIONS },
  { table: 'payment_events', insert: EVENTS },
  { table: 'refunds', insert: REFUNDS },
  { table: 'transfers', insert: TRANSFERS },
  { table: 'stripe_events', insert: WEBHOOKS },
  { table: 'commands', insert: COMMANDS },
  { table: 'idempotency_keys', insert: KEYS },
];

/** Once, for so many of each as the book names. */
export const PEOPLE: readonly SeededTable[] = [
  {
    table: 'customers',
    insert: `
      insert into customers (customer_id, stripe_customer_id, request_key, requested_at)
      select 'user_' || c, 'cus_seed' || c, md5('customer' || c)::uuid::text, to_timestamp($2)
      from generate_series(0, $1::bigint / 10 - 1) c`,
  },
  {
    table: 'runners',
    insert: `
      insert into runners (runner_id, stripe_account, transfers_enabled, created_at, updated_at)
      select 'runner_' || r, 'acct_seed' || r, true, to_timestamp($2), to_timestamp($2)
      from generate_series(0, $1::bigint / 100 - 1) r`,
  },
];

/** Whose ids stand in what is seeded at Stripe. */
export const INSTALLATION = `
  insert into installation (id, created_at, upgraded)
  values ('inst_' || md5('seed'), to_timestamp($1), false)`;
