import {
  type Approval,
  type Approvals,
  type Decision,
  formatMajor,
  parseCurrency,
  parseMajor,
} from '@campusg-pay/core';
import { type Database, defineStatement, query } from '../connection/pool.js';

interface ApprovalRow extends Omit<Approval, 'amount'> {
  amount: string;
  currency: string;
}

const SELECT = `
  select id, act, payment_id as "paymentId", order_id as "orderId", details, amount, currency,
    status, requested_by as "requestedBy", reason, requested_at as "requestedAt", state,
    decided_by as "decidedBy", decided_at as "decidedAt", decision
  from approvals`;

const REQUEST = defineStatement<{ id: number }>({
  name: 'request_approval',
  text: `
    insert into approvals (
      act, payment_id, order_id, details, amount, currency, status, requested_by, reason,
      requested_at
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    on conflict (payment_id) where state in ('waiting', 'approved') do nothing returning id`,
});

const FIND = defineStatement<ApprovalRow>({
  name: 'find_approval',
  text: `${SELECT} where id = $1`,
});

const OPEN = defineStatement<ApprovalRow>({
  name: 'open_approvals',
  text: `${SELECT} where state in ('waiting', 'approved') order by id limit $1`,
});

const ALL = defineStatement<ApprovalRow>({
  name: 'all_approvals',
  text: `${SELECT} order by id desc limit $1`,
});

const OF_PAYMENT = defineStatement<ApprovalRow>({
  name: 'approvals_of_payment',
  text: `${SELECT} where payment_id = $1 order by id`,
});

/** Who was cut off after approving, or somebody else, may approve once more. */
const APPROVE = defineStatement<{ id: number }>({
  name: 'approve',
  text: `
    update approvals set state = 'approved', decided_by = $2, decided_at = $3, decision = $4
    where id = $1 and state in ('waiting', 'approved') and lower(requested_by) <> lower($2)
    returning id`,
});

const REJECT = defineStatement<{ id: number }>({
  name: 'reject_approval',
  text: `
    update approvals set state = 'rejected', decided_by = $2, decided_at = $3, decision = $4
    where id = $1 and state = 'waiting' and lower(requested_by) <> lower($2) returning id`,
});

const DONE = defineStatement({
  name: 'finish_approval',
  text: `update approvals set state = 'done' where id = $1 and state = 'approved'`,
});

const REOPEN = defineStatement({
  name: 'reopen_approval',
  text: `
    update approvals set state = 'waiting', decided_by = null, decided_at = null, decision = null
    where id = $1 and state = 'approved'`,
});

/** Requests and decisions. */
export function createApprovals(db: Database): Approvals {
  const decide = async (statement: typeof APPROVE, { id, by, at, reason }: Decision) =>
    (await query(db, statement, [id, by, at, reason])).map((rows) => rows.length === 1);
  const read = async (statement: typeof FIND, values: readonly unknown[]) =>
    (await query(db, statement, values)).map((rows) => rows.map(toApproval));
  return {
    request: async (wanted) => {
      const { act, paymentId, orderId, details, amount, status } = wanted;
      const values = [
        ...[act, paymentId, orderId, JSON.stringify(details), formatMajor(amount)],
        ...[amount.currency, status, wanted.requestedBy, wanted.reason, wanted.requestedAt],
      ];
      return (await query(db, REQUEST, values)).map(([row]) => row?.id ?? null);
    },
    find: async (id) => (await read(FIND, [id])).map(([row]) => row ?? null),
    list: (which, limit) => read(which === 'open' ? OPEN : ALL, [limit]),
    ofPayment: (paymentId) => read(OF_PAYMENT, [paymentId]),
    approve: (decision) => decide(APPROVE, decision),
    reject: (decision) => decide(REJECT, decision),
    settle: async (id, state) =>
      (await query(db, state === 'done' ? DONE : REOPEN, [id])).map(() => undefined),
  };
}

function toApproval({ amount, currency, ...row }: ApprovalRow): Approval {
  const read = parseCurrency(currency).andThen((code) => parseMajor(amount, code));
  if (read.isErr()) throw new Error(`bug: approval ${row.id} is of ${amount} ${currency}`);
  return { ...row, amount: read.value };
}
