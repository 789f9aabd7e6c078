import {
  type Approval,
  type Approvals,
  type Decision,
  formatMajor,
  parseCurrency,
  parseMajor,
} from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

interface ApprovalRow extends Omit<Approval, 'amount'> {
  amount: string;
  currency: string;
}

const SELECT = `
  select id, act, payment_id as "paymentId", order_id as "orderId", runner_id as "runnerId", details, amount, currency,
    status, requested_by as "requestedBy", reason, requested_at as "requestedAt", state,
    decided_by as "decidedBy", decided_at as "decidedAt", decision
  from approvals` as const;

const REQUEST = defineStatement<{ id: number }>()({
  name: 'request_approval',
  text: `
    insert into approvals (
      act, payment_id, order_id, runner_id, details, amount, currency, status, requested_by, reason,
      requested_at
    ) values (
      :act, :paymentId, :orderId, :runnerId, :details, :amount, :currency, :status, :requestedBy, :reason,
      :requestedAt
    )
    on conflict do nothing returning id`,
});

const FIND = defineStatement<ApprovalRow>()({
  name: 'find_approval',
  text: `${SELECT} where id = :id`,
});

const OPEN = defineStatement<ApprovalRow>()({
  name: 'open_approvals',
  text: `${SELECT} where state in ('waiting', 'approved') order by id limit :limit`,
});

const ALL = defineStatement<ApprovalRow>()({
  name: 'all_approvals',
  text: `${SELECT} order by id desc limit :limit`,
});

const OF_PAYMENT = defineStatement<ApprovalRow>()({
  name: 'approvals_of_payment',
  text: `${SELECT} where payment_id = :paymentId order by id`,
});

/** Who was cut off after approving, or somebody else, may approve once more. */
const APPROVE = defineStatement<{ id: number }>()({
  name: 'approve',
  text: `
    update approvals set state = 'approved', decided_by = :by, decided_at = :at, decision = :reason
    where id = :id and state in ('waiting', 'approved') and lower(requested_by) <> lower(:by)
    returning id`,
});

const REJECT = defineStatement<{ id: number }>()({
  name: 'reject_approval',
  text: `
    update approvals set state = 'rejected', decided_by = :by, decided_at = :at, decision = :reason
    where id = :id and state = 'waiting' and lower(requested_by) <> lower(:by) returning id`,
});

const DONE = defineStatement()({
  name: 'finish_approval',
  text: `update approvals set state = 'done' where id = :id and state = 'approved'`,
});

const REOPEN = defineStatement()({
  name: 'reopen_approval',
  text: `
    update approvals set state = 'waiting', decided_by = null, decided_at = null, decision = null
    where id = :id and state = 'approved'`,
});

/** Requests and decisions. */
export function createApprovals(db: Database): Approvals {
  const decide = async (statement: typeof APPROVE, { id, by, at, reason }: Decision) => {
    const decided = await query(db, statement, { id, by, at, reason });
    return decided.map((rows) => rows.length === 1);
  };
  return {
    request: async (wanted) => {
      const requested = await query(db, REQUEST, {
        act: wanted.act,
        paymentId: wanted.paymentId,
        orderId: wanted.orderId,
        runnerId: wanted.runnerId,
        details: JSON.stringify(wanted.details),
        amount: formatMajor(wanted.amount),
        currency: wanted.amount.currency,
        status: wanted.status,
        requestedBy: wanted.requestedBy,
        reason: wanted.reason,
        requestedAt: wanted.requestedAt,
      });
      return requested.map(([row]) => row?.id ?? null);
    },
    find: async (id) => {
      const found = await query(db, FIND, { id });
      return found.map(([row]) => (row === undefined ? null : toApproval(row)));
    },
    list: async (which, limit) => {
      const found = await query(db, which === 'open' ? OPEN : ALL, { limit });
      return found.map((rows) => rows.map(toApproval));
    },
    ofPayment: async (paymentId) => {
      const found = await query(db, OF_PAYMENT, { paymentId });
      return found.map((rows) => rows.map(toApproval));
    },
    approve: (decision) => decide(APPROVE, decision),
    reject: (decision) => decide(REJECT, decision),
    close: async (id, state) => {
      const noted = await query(db, state === 'done' ? DONE : REOPEN, { id });
      return noted.map(() => undefined);
    },
  };
}

function toApproval({ amount, currency, ...row }: ApprovalRow): Approval {
  const read = parseCurrency(currency).andThen((code) => parseMajor(amount, code));
  if (read.isErr()) throw new Error(`bug: approval ${row.id} is of ${amount} ${currency}`);
  return { ...row, amount: read.value };
}
