import type { ActJournal, RecordedAct } from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

const BEGIN = defineStatement<{ id: number }>()({
  name: 'begin_operator_act',
  text: `
    insert into operator_acts (
      operator, act, payment_id, order_id, details, reason, approval_id, begun_at
    ) values (
      :operator, :act, :paymentId, :orderId, :details, :reason, :approvalId, :begunAt
    ) returning id`,
});

const END = defineStatement()({
  name: 'end_operator_act',
  text: `
    update operator_acts set ended_at = :endedAt, outcome = :outcome, result = :result
    where id = :id`,
});

const OF_PAYMENT = defineStatement<RecordedAct>()({
  name: 'operator_acts_of_payment',
  text: `
    select id, operator, act, payment_id as "paymentId", order_id as "orderId", details, reason,
      approval_id as "approvalId", begun_at as "begunAt", ended_at as "endedAt", outcome, result
    from operator_acts where payment_id = :paymentId order by begun_at, id`,
});

/** The journal of operators' acts. */
export function createActJournal(db: Database): ActJournal {
  return {
    begin: async (begun) => {
      const noted = await query(db, BEGIN, {
        operator: begun.operator,
        act: begun.act,
        paymentId: begun.paymentId,
        orderId: begun.orderId,
        details: JSON.stringify(begun.details),
        reason: begun.reason,
        approvalId: begun.approvalId,
        begunAt: begun.begunAt,
      });
      return noted.map(([row]) => {
        if (row === undefined) throw new Error('bug: an insert returns its row');
        return row.id;
      });
    },
    end: async ({ id, endedAt, outcome, result }) => {
      const noted = await query(db, END, { id, endedAt, outcome, result });
      return noted.map(() => undefined);
    },
    ofPayment: (paymentId) => query(db, OF_PAYMENT, { paymentId }),
  };
}
