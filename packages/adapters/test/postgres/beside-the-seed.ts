/** Rows of the tables that seeding leaves empty, as many as there may be beside it after some time. */
export const BESIDES: readonly string[] = [
  `insert into runners (runner_id, stripe_account, created_at, updated_at)
   select 'new_' || n, 'acct_new' || n, now(), now() from generate_series(1, 20000) n`,
  `update payments set review = 'somebody should look' where id in (
     select id from payments where status = 'RELEASED' limit 200)`,
  `update transfers set status = 'waiting_account', stripe_transfer_id = null, next_try_at = now(),
     reversed_minor = 0
   where payment_id in (select payment_id from transfers where status = 'sent' limit 300)`,
  `insert into operations (key, payment_id, kind, params, correlation_id, attempts, opened_at, lease_until)
   select 'open_' || id, id, 'capture', '{}', 'c', 1, now(), now() from payments
   where status = 'AUTHORIZED' limit 200`,
  `update payments set operation_key = 'open_' || id
   where exists (select from operations where key = 'open_' || id)`,
  `insert into commands (correlation_id, type, fingerprint, state, due_at, received_at)
   select 'waits_' || n, 'release_payment', 'f', 'waiting', now(), now() from generate_series(1, 500) n`,
  `insert into runner_debts (debt_id, runner_id, currency, payment_id, amount_minor, left_minor, created_at)
   select 'debt_' || n || payment_id, runner_id, 'USD', payment_id, 500,
     case when row_number() over () % 500 = 0 then 200 else 0 end, created_at
   from transfers, generate_series(1, 8) n where status <> 'waiting_account'`,
  `insert into debt_nettings (debt_id, payment_id, amount_minor, created_at)
   select debt_id, payment_id, 300, created_at from runner_debts`,
  `insert into operator_acts (operator, act, payment_id, order_id, details, reason, begun_at, ended_at,
     outcome, result)
   select 'op', 'payments.reviewed', id, order_id, '{}', 'looked', created_at, created_at, 'done', 'ok'
   from payments where status = 'RELEASED'`,
  `insert into approvals (act, payment_id, order_id, details, amount, currency, status, requested_by,
     reason, requested_at, state, decided_by, decided_at, decision)
   select 'payments.release', id, order_id, '{}', amount, currency, 'AUTHORIZED', 'one', 'large',
     created_at, case when row_number() over () % 500 = 0 then 'waiting' else 'done' end,
     case when row_number() over () % 500 <> 0 then 'two' end, created_at, 'ok'
   from payments where status = 'RELEASED'`,
  `insert into reconcile_runs (from_at, to_at, older, started_at, finished_at, started_by, progress)
   select now(), now(), true, now(), now(), 'night', '{}' from generate_series(1, 400)`,
  `insert into reconcile_findings (run_id, key, rank, drift)
   select r.id, 'key_' || n, n % 4, '{}' from reconcile_runs r, generate_series(1, 50) n`,
  `insert into reconcile_repairs (plan, repair, outcome, applied_at)
   select 'plan', 'repair_' || n, 'done', now() from generate_series(1, 5000) n`,
  `insert into parked_commands (topic, partition, "offset", headers, value_bytes, reason, parked_at, state)
   select 'payment_commands', 0, n, '{}', 0, 'not_json', now(), 'dismissed' from generate_series(1, 20000) n`,
  `insert into outbox (payment_id, order_id, version, announcement)
   select id, order_id, 1, '{}' from payments order by created_at desc limit 2000`,
  `insert into archives (payments, made_at, made_by)
   select 5000, now(), 'night' from generate_series(1, 5000)`,
  `insert into archived_payments (payment_id, archive_id, version, status)
   select id, 1 + row_number() over () % 5000, version, status from payments where status = 'RELEASED'
   limit 20000`,
  'vacuum analyze',
];
