-- Up Migration

-- What became of money that was taken: given back, on its way back, disputed by a bank.
alter table payments
  add column refunded_minor bigint,            -- null: all of it where refunded, else nothing
  add column pending_refund jsonb,             -- { refundId, amountMinor }, until a bank says yes
  add column dispute        jsonb,             -- { disputeId, status, reason, amountMinor }, the latest
  add constraint payments_refunded_within_received
    check (refunded_minor between 0 and received_minor);

-- For the totals of a user. A refund may fail after all, so that the status does not tell.
drop index payments_spent, payments_earned;
create index payments_spent on payments (customer_id) where received_minor > 0;
create index payments_earned on payments (runner_id) where received_minor > 0;

-- Down Migration

drop index payments_spent, payments_earned;
create index payments_spent on payments (customer_id) where status = 'RELEASED';
create index payments_earned on payments (runner_id) where status = 'RELEASED';
alter table payments
  drop column refunded_minor,
  drop column pending_refund,
  drop column dispute;
