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

-- Down Migration

drop index runner_debts_of_runner;
drop index refunds_by_status, refunds_by_creation;
drop index transfers_by_status, transfers_by_creation;
create index payments_spent on payments (customer_id) where received_minor > 0;
create index payments_earned on payments (runner_id) where received_minor > 0;
drop index payments_by_status, payments_of_runner, payments_of_customer;
