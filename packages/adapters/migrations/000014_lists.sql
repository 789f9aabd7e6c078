-- Up Migration

-- Every list is by creation, the newest first, and goes on behind a row: so each index ends with what
-- that row is named by. Those of customers and runners do what the two before them did.
create index payments_of_customer on payments (customer_id, created_at, id);
create index payments_of_runner on payments (runner_id, created_at, id) where runner_id is not null;
create index payments_by_status on payments (status, created_at, id);
drop index payments_spent, payments_earned;

create index transfers_by_creation on transfers (created_at, payment_id);
create index transfers_by_status on transfers (status, created_at, payment_id);

create index refunds_by_creation on refunds (created_at, payment_id, refund_id);
create index refunds_by_status on refunds (status, created_at, payment_id, refund_id);

-- All that a runner ever owed, with what has paid it.
create index runner_debts_of_runner on runner_debts (runner_id, created_at, debt_id);

-- Sending a transfer, and changing where a runner's money goes, want a second person as a release does.
alter table approvals
  alter column payment_id drop not null,
  alter column order_id drop not null,
  alter column status drop not null,
  add column runner_id text,
  drop constraint approvals_act_check,
  add constraint approvals_act_check check (act in (
    'payments.release', 'payments.revert', 'transfers.send', 'transfers.resume', 'runners.set.account'
  )),
  add constraint approvals_of_payment_or_runner check (
    (payment_id is null) = (runner_id is not null)
    and (order_id is null) = (payment_id is null) and (status is null) = (payment_id is null)
  );
create unique index approvals_open_of_runner on approvals (runner_id)
  where state in ('waiting', 'approved');

-- Down Migration

-- Refused where there are requests that the older release can't read.
drop index approvals_open_of_runner;
alter table approvals
  drop constraint approvals_of_payment_or_runner,
  drop constraint approvals_act_check,
  add constraint approvals_act_check check (act in ('payments.release', 'payments.revert')),
  drop column runner_id,
  alter column payment_id set not null,
  alter column order_id set not null,
  alter column status set not null;

drop index runner_debts_of_runner;
drop index refunds_by_status, refunds_by_creation;
drop index transfers_by_status, transfers_by_creation;
create index payments_spent on payments (customer_id) where received_minor > 0;
create index payments_earned on payments (runner_id) where received_minor > 0;
drop index payments_by_status, payments_of_runner, payments_of_customer;
